#!/usr/bin/env bash
# opencv_modules_test.sh PROGRAM: at start the program loads core and imgproc, and no other library of OpenCV.
set -euo pipefail
program=$1

loaded=$(LD_TRACE_LOADED_OBJECTS=1 "$program" | sed -n 's/.*libopencv_\([a-z0-9_]*\)\..* => .*/\1/p' | LC_ALL=C sort | paste -sd' ')
if [[ $loaded != 'core imgproc' ]]; then
  echo "$program loads these libraries of OpenCV: $loaded"
  exit 1
fi
