//go:build linux

package campaign

import (
	"os"
	"testing"

	"vacant/cmd/internal/rig"
)

// binary is the built program, made once by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	return rig.WithVacant(func(built string) int {
		binary = built
		return m.Run()
	})
}
