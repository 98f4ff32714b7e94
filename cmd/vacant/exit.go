package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"vacant/cmd/internal/pipeline"
	"vacant/dnsstage"
	"vacant/generator"
	"vacant/store"
)

// The exit codes are an API; every command's help lists those it can give.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitEmpty        = 3
	exitUndetermined = 4
	exitStopped      = 5
	exitLocked       = 6
	exitStore        = 65
	exitInvariant    = 70
	exitIO           = 74
	exitInterrupted  = 130
)

var exitWords = map[int]string{
	exitDone:         "done",
	exitFailed:       "failed",
	exitUsage:        "usage or configuration error",
	exitEmpty:        "nothing available (only with --fail-empty)",
	exitUndetermined: "more names undetermined than --max-undetermined allows",
	exitStopped:      "stopped early by deadline or signal, state saved, resumable",
	exitLocked:       "the store is locked by another run (after --lock-wait)",
	exitStore:        "the store is damaged or was made by a newer version",
	exitInvariant:    "an invariant broke",
	exitIO:           "input/output error or disk full",
	exitInterrupted:  "second interrupt",
}

// Ends of a command that are no failure and yet have a code of their own.
var (
	errEmpty        = errors.New("nothing is available")
	errUndetermined = errors.New("too many names are undetermined")
	errStopped      = errors.New("stopped early")
)

// usageError is the user's to mend: exit 2.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Hint says what to do instead; it may be empty.
func (e *usageError) Hint() string {
	var inner interface{ Hint() string }
	if e.hint == "" && errors.As(e.err, &inner) {
		return inner.Hint()
	}
	return e.hint
}

// usage makes err the user's to mend; nil stays nil.
func usage(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &usageError{err, hint}
}

// usagef is [usage] for a new error without a hint.
func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...), "") }

// ioError is a failure to read or write: exit 74.
type ioError struct{ err error }

func (e *ioError) Error() string { return e.err.Error() }
func (e *ioError) Unwrap() error { return e.err }

// ioFailure marks err as input/output; nil stays nil.
func ioFailure(err error) error {
	if err == nil {
		return nil
	}
	return &ioError{err}
}

// exitCode maps an error to the code the process ends with.
func exitCode(err error) int {
	var (
		use    *usageError
		world  *store.WorldError
		locked *store.LockedError
		told   *toldError
	)
	switch {
	case err == nil, readerLeft(err):
		return exitDone
	case errors.As(err, &told):
		return told.code
	case errors.Is(err, pipeline.ErrInvariant):
		return exitInvariant
	case errors.As(err, &locked):
		return exitLocked
	case errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrNewer):
		return exitStore
	case errors.As(err, &use), errors.As(err, &world), errors.Is(err, generator.ErrUsage), errors.Is(err, store.ErrOlder):
		return exitUsage
	case errors.Is(err, errStopped), errors.Is(err, errNoFit), errors.Is(err, context.Canceled):
		return exitStopped
	case errors.Is(err, errUndetermined):
		return exitUndetermined
	case errors.Is(err, errEmpty):
		return exitEmpty
	case isIO(err):
		return exitIO
	}
	return exitFailed
}

// readerLeft reports whether whoever read stdout has closed it ("| head"), or
// reads no more when the work is to end: no failure of it.
func readerLeft(err error) bool {
	return errors.Is(err, errStuck) || slices.ContainsFunc(readerGone, func(gone error) bool { return errors.Is(err, gone) })
}

// shown is [ioFailure] of printing what is judged next: a reader that left
// ("| head") saw what it wanted, and the exit code is for others.
func shown(err error) error {
	if readerLeft(err) {
		return nil
	}
	return ioFailure(err)
}

func isIO(err error) bool {
	var (
		failed *ioError
		write  *store.WriteError
		path   *fs.PathError
	)
	if errors.As(err, &failed) || errors.As(err, &write) {
		return true
	}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EROFS, syscall.EFBIG} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return errors.As(err, &path) && !errors.Is(err, fs.ErrNotExist)
}

// report prints err as the user should see it and returns the exit code.
func (a *app) report(err error) int {
	code := exitCode(err)
	switch {
	case code == exitDone:
		return code
	case code == exitStopped && errors.Is(err, context.Canceled):
		a.say("stopped early")
		return code
	case code == exitStopped || code == exitEmpty || code == exitUndetermined:
		a.say("%s", err)
		return code
	}
	a.warn("error: %s", oneLine(err.Error()))
	if h := a.hint(err); h != "" {
		a.warn("hint: %s", oneLine(h))
	}
	return code
}

// hint is hintOf, for whom the settings may tell more.
func (a *app) hint(err error) string {
	if errors.Is(err, pipeline.ErrNoWay) && a.conf != nil {
		if _, isLab := tldsOfWorld(a.world()); isLab {
			return labGone
		}
	}
	return hintOf(err)
}

// hintOf finds what the user can do about err, "" when nothing is known.
func hintOf(err error) string {
	var (
		hinted interface{ Hint() string }
		world  *store.WorldError
		locked *store.LockedError
		write  *store.WriteError
	)
	switch {
	case errors.As(err, &world):
		return "name another store with --db; worlds never mix"
	case errors.As(err, &locked):
		return "wait for it with --lock-wait 10m, or name another store with --db"
	case errors.Is(err, store.ErrNothingSaved):
		return "move the file aside: the next hunt makes a new one"
	case errors.Is(err, store.ErrDamaged):
		return "store recover saves what can still be read of it; moved aside, the next hunt makes a new one"
	case errors.Is(err, store.ErrNewer):
		return "use the newer vacant, or name another store with --db"
	case errors.Is(err, store.ErrOlder):
		return "store compact --db FILE converts it"
	case errors.Is(err, store.ErrNoStore):
		return "hunt first, or name the store with --db"
	case errors.As(err, &hinted):
		return hinted.Hint()
	case errors.As(err, &write):
		return "what was committed is kept; when the disk takes it again, the same command goes on from there"
	case errors.Is(err, dnsstage.ErrSilentResolvers):
		return "--resolvers names others that answer, --proxy another way out; with neither the TLDs' own servers are asked"
	case errors.Is(err, fs.ErrPermission):
		return "see whose file or folder that is (ls -ld), or name another one"
	case errors.Is(err, pipeline.ErrNoWay):
		return "registry doctor examines the ways out of here; what --roots, --authority and --proxy name must answer"
	}
	return ""
}

// oneLine folds a text of several lines into one.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", "; ")), " ")
}
