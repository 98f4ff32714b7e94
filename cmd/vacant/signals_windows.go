package main

import (
	"os"
	"syscall"
)

// ignored are signals of which a failed write tells as well.
var ignored = []os.Signal{syscall.SIGPIPE}
