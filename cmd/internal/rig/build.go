package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// WithVacant builds the program into a folder of its own, gives run the path and
// removes the folder again. It returns run's result, or 1 if nothing could be built.
func WithVacant(run func(binary string) int) int {
	dir, err := os.MkdirTemp("", "vacant-built")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "vacant")
	build := exec.Command("go", "build", "-tags", "netgo", "-o", binary, "vacant/cmd/vacant")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return run(binary)
}
