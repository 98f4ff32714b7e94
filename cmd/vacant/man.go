package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "man [DIR]",
		Short:   "Write the manual pages",
		Long:    "Man writes a manual page for each command into DIR; without it, the page of vacant itself to stdout.",
		Example: "  vacant man /usr/local/share/man/man1\n  vacant man | man -l -",
		Args:    wantArgs(0, 1, "at most one DIR"),
		RunE:    func(cmd *cobra.Command, args []string) error { return ioFailure(a.writeMan(cmd.Root(), args)) },
	}
	return describe(cmd, exitDone, exitUsage, exitIO)
}

func (a *app) writeMan(root *cobra.Command, dir []string) error {
	root.DisableAutoGenTag = true
	exitIntoLong(root)
	header := &doc.GenManHeader{Section: "1", Source: "vacant " + buildVersion().version, Manual: "vacant"}
	if t := buildVersion().time; !t.IsZero() {
		header.Date = &t
	}
	if len(dir) == 0 {
		return doc.GenMan(root, header, a.stdout)
	}
	if err := os.MkdirAll(dir[0], 0o755); err != nil {
		return fmt.Errorf("man: %w", err)
	}
	return doc.GenManTree(root, header, dir[0])
}

// exitIntoLong moves each command's exit codes into its long description, the
// only place from which the manual takes text.
func exitIntoLong(cmd *cobra.Command) {
	if codes := cmd.Annotations[exitAnnotation]; codes != "" {
		long := cmd.Long
		if long == "" {
			long = cmd.Short + "."
		}
		cmd.Long = strings.TrimSpace(long) + "\n\n# EXIT STATUS\n\n" + manCodes(codes)
	}
	for _, c := range cmd.Commands() {
		exitIntoLong(c)
	}
}

// manCodes turns the lines of codes into a Markdown list.
func manCodes(codes string) string {
	var b strings.Builder
	for line := range strings.Lines(codes) {
		code, words, _ := strings.Cut(strings.TrimSpace(line), " ")
		fmt.Fprintf(&b, "* **%s** %s\n", code, strings.TrimSpace(words))
	}
	return b.String()
}
