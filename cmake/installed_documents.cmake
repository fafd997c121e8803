# Run by the installation. Copies the documents of `source` to the folder `copies`. A link to a file that is not installed
# becomes text, as in "im2col.cpp (src/kernels/im2col.cpp)".
file(GLOB_RECURSE documents RELATIVE ${source} ${source}/docs/*.md)
foreach(document IN LISTS documents ITEMS README.md CHANGELOG.md CONTRIBUTING.md)
  file(READ ${source}/${document} text)
  string(REGEX REPLACE "\\[([^]]*)\\]\\((\\.\\./)?((app|data/photos|examples|models|src|tests)(/[^)#]*)?)(#[^)]*)?\\)" "\\1 (\\3)" text "${text}")
  file(WRITE ${copies}/${document} "${text}")
endforeach()
