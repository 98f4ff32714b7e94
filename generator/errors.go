package generator

import (
	"errors"
	"fmt"
)

// ErrUsage is in the chain of every error of [New] that the user can mend by
// other flags or patterns; errors of files are not.
var ErrUsage = errors.New("usage")

// ErrTooMany means that the sources make more names than an index can number.
var ErrTooMany = &UsageError{
	Msg:  "the sources make more than 9*10^18 names",
	Help: "narrow the patterns, or use --max-length",
}

// ErrTooComplex means that a domain-hack space needs an automaton beyond bounds.
var ErrTooComplex = &UsageError{
	Msg:  "--hack: these patterns or words with these TLDs need too large an automaton",
	Help: "use fewer TLDs or a simpler pattern",
}

// UsageError is one line for the user, and a hint.
type UsageError struct{ Msg, Help string }

func (e *UsageError) Error() string { return e.Msg }

// Hint returns what the user can do about it, "" if nothing is known.
func (e *UsageError) Hint() string { return e.Help }

// Is makes errors.Is(err, ErrUsage) hold.
func (e *UsageError) Is(target error) bool { return target == ErrUsage }

func usage(help, format string, args ...any) error {
	return &UsageError{Msg: fmt.Sprintf(format, args...), Help: help}
}

// PatternError says where a pattern is wrong.
type PatternError struct {
	Pattern string
	Pos     int // 1-based octet
	Msg     string
	Help    string
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("--pattern %q, position %d: %s", e.Pattern, e.Pos, e.Msg)
}

// Hint returns what the user can do about it.
func (e *PatternError) Hint() string { return e.Help }

// Is makes errors.Is(err, ErrUsage) hold.
func (e *PatternError) Is(target error) bool { return target == ErrUsage }
