package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestFlagsAndTheirDocument holds the flags of all commands against docs/cli.md:
// each is in the other.
func TestFlagsAndTheirDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`--([a-z][a-z-]*[a-z])\b`).FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, m[1])
	}
	a, _, _ := newTestApp(t, nil)
	flags := allFlags(newRoot(a))
	for _, name := range flags {
		if !slices.Contains(documented, name) {
			t.Errorf("--%s is not in docs/cli.md", name)
		}
	}
	known := []string{"age", "tld", "help", "version"} // export's other names of --max-age and --tlds, and every program's own
	for _, name := range documented {
		if !slices.Contains(flags, name) && !slices.Contains(known, name) && !strings.Contains(string(text), "--"+name+"-*") {
			t.Errorf("docs/cli.md speaks of --%s, which no command has", name)
		}
	}
}

// allFlags returns the long names of the flags of a command and of those below it.
func allFlags(cmd *cobra.Command) (names []string) {
	for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" {
				names = append(names, f.Name)
			}
		})
	}
	for _, c := range cmd.Commands() {
		if c.Name() == "completion" {
			continue // cobra's own
		}
		names = append(names, allFlags(c)...)
	}
	return names
}
