#!/usr/bin/env bash
# opencv_modules_test.sh PROGRAM: of OpenCV the program loads core and imgproc at start, and no other library.
set -euo pipefail
program=$1

loaded=$(LD_TRACE_LOADED_OBJECTS=1 "$program" | sed -n 's/.*libopencv_\([a-z0-9_]*\)\..* => .*/\1/p' | LC_ALL=C sort | paste -sd' ')
if [[ $loaded != 'core imgproc' ]]; then
  echo "$program loads of OpenCV: $loaded"
  exit 1
fi
