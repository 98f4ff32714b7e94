package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError turns pflag's complaint about cmd's flags into one line and a hint.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		if near := nearest(missing.GetSpecifiedName(), flagNames(cmd)); near != "" {
			return usage(err, fmt.Sprintf("did you mean --%s?", near))
		}
	}
	return usage(plainFlagError(err), "see "+cmd.CommandPath()+" --help")
}

// plainFlagError says of a value that does not fit what would.
func plainFlagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	want := wanted[invalid.GetFlag().Value.Type()]
	if want == "" {
		return err
	}
	return fmt.Errorf("--%s %q: want %s", invalid.GetFlag().Name, invalid.GetValue(), want)
}

// wanted says what a flag of each type takes.
var wanted = map[string]string{
	"age":      "a duration such as 36h, 30d or 2w, not negative",
	"bool":     "true or false",
	"duration": "a duration such as 30s, 10m or 2h",
	"float64":  "a number",
	"int":      "a whole number",
	"uint64":   "a whole number, not negative",
}
