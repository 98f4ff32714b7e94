package main

import (
	"syscall"
	"testing"
)

// failing is a stdout on which nothing can be written.
type failing struct{ why error }

// Write implements [io.Writer].
func (f failing) Write([]byte) (int, error) { return 0, f.why }

func TestHelpThatCannotBeWritten(t *testing.T) {
	tests := []struct {
		name string
		why  error
		code int
		said string
	}{
		{"a reader that left is no failure", syscall.EPIPE, exitDone, ""},
		{"a full disk is one", syscall.ENOSPC, exitIO, "vacant: error: no space left on device\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _, stderr := newTestApp(t, nil)
			a.stdout, a.args = failing{tt.why}, []string{"hunt", "--help"}
			if code := run(t.Context(), a); code != tt.code || stderr.String() != tt.said {
				t.Errorf("exit code %d, said %q", code, stderr)
			}
		})
	}
}
