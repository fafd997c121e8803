#!/usr/bin/env bash
# opencv_modules_test.sh READELF PROGRAM: of OpenCV the program loads core, imgcodecs and imgproc, and no other library.
set -euo pipefail
readelf=$1 program=$2

loaded=$("$readelf" --dynamic --wide "$program" | sed -n 's/.*(NEEDED).*\[libopencv_\([a-z0-9_]*\)\..*/\1/p' | LC_ALL=C sort | paste -sd' ')
if [[ $loaded != 'core imgcodecs imgproc' ]]; then
  echo "$program loads of OpenCV: $loaded"
  exit 1
fi
