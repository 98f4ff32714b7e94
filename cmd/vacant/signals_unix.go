//go:build unix

package main

import (
	"os"
	"syscall"
)

// ignored are signals of which a failed write tells as well: a reader that left
// (EPIPE), so that a hunt can still save its state, and a file that may not grow
// further (EFBIG), which would end the process with a trace.
var ignored = []os.Signal{syscall.SIGPIPE, syscall.SIGXFSZ}
