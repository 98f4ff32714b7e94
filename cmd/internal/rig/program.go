//go:build linux

package rig

import (
	"errors"
	"os"
	"os/exec"
)

// Missing says what a measurement or test lacks; it is no failure.
type Missing struct{ What string }

func (m *Missing) Error() string { return "needs " + m.What + ", run make deps" }

// SkippedFor returns the line that says why err is no failure, "" where it is one.
func SkippedFor(err error) string {
	var m *Missing
	if errors.As(err, &m) {
		return "SKIPPED: " + m.Error()
	}
	return ""
}

// Program finds a program in PATH or where Debian keeps daemons. The error is a [Missing].
func Program(name string) (string, error) {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if p, err := exec.LookPath(dir + name); err == nil {
			return p, nil
		}
	}
	return "", &Missing{What: name}
}

// Root reports, as a [Missing], that namespaces cannot be made.
func Root() error {
	if os.Getuid() != 0 {
		return &Missing{What: "root for a network namespace"}
	}
	return nil
}
