package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, buildVersion())
			return ioFailure(err)
		},
	}
	return describe(cmd, exitDone, exitUsage, exitIO)
}

// build is what the binary knows of how it was made.
type build struct {
	version, commit, goVersion string

	modified bool
	time     time.Time
}

func buildVersion() build {
	b := build{version: "devel", goVersion: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.modified":
			b.modified = s.Value == "true"
		case "vcs.time":
			b.time, _ = time.Parse(time.RFC3339, s.Value) // zero when it is no time
		}
	}
	return b
}

// String is the line that "vacant version" prints.
func (b build) String() string {
	text := "vacant " + b.version
	if b.commit != "" {
		text += " commit " + b.commit
	}
	if b.modified {
		text += " (modified)"
	}
	return fmt.Sprintf("%s %s %s/%s", text, b.goVersion, runtime.GOOS, runtime.GOARCH)
}
