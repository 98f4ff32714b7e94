package main

import "syscall"

// readerGone is what writing to a pipe says whose reader has left: ERROR_NO_DATA
// where the pipe is being closed, ERROR_BROKEN_PIPE where it is.
var readerGone = []error{syscall.EPIPE, syscall.ERROR_BROKEN_PIPE, syscall.Errno(232)}
