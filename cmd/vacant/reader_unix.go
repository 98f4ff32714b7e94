//go:build !windows

package main

import "syscall"

// readerGone is what writing to a pipe says whose reader has left.
var readerGone = []error{syscall.EPIPE}
