package dnstest

import (
	"os/exec"
	"syscall"
)

// dieWithUs makes the kernel end the process when the one that started it dies.
func dieWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
