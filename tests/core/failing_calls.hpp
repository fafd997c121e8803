// System calls of the tests' program that fail, as on a full disk.
#pragma once

// While it lives, fsync() fails with this value of errno.
class FailingSync {
 public:
  explicit FailingSync(int error);
  FailingSync(const FailingSync&) = delete;
  FailingSync& operator=(const FailingSync&) = delete;
  ~FailingSync();
};

// While it lives, close() of a regular file closes it and fails with this value of errno.
class FailingClose {
 public:
  explicit FailingClose(int error);
  FailingClose(const FailingClose&) = delete;
  FailingClose& operator=(const FailingClose&) = delete;
  ~FailingClose();
};
