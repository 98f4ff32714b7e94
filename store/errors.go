package store

import (
	"errors"
	"fmt"
	"time"
)

// What can be wrong with a store file as it is opened.
var (
	ErrDamaged      = errors.New("the store is damaged")                   // exit 65
	ErrNewer        = errors.New("the store was made by a newer version")  // exit 65
	ErrOlder        = errors.New("the store was made by an older version") // of what is only read, to be merged or compared: exit 2
	ErrNothingSaved = errors.New("nothing can be recovered")               // with ErrDamaged, of Recover
	ErrNoStore      = errors.New("there is no store here")                 // read commands: exit 1
)

// LockedError says who holds the store. Exit 6.
type LockedError struct {
	Path    string
	PID     int // 0 = not known
	Command string
	Since   time.Time
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the store %s is locked by another process", e.Path)
	}
	return fmt.Sprintf("the store %s is locked by process %d (%s) since %s", e.Path, e.PID, e.Command, e.Since.UTC().Format(time.RFC3339))
}

// WorldError says that a store belongs to another world. Exit 2.
type WorldError struct{ Path, Have, Want string }

func (e *WorldError) Error() string {
	return fmt.Sprintf("the store %s holds the world %q, not %q", e.Path, e.Have, e.Want)
}

// WriteError says that the file could not be written: the disk is full, failing
// or not ours to write. What was committed before stands. Exit 74.
type WriteError struct {
	Path string
	Err  error
}

func (e *WriteError) Error() string { return fmt.Sprintf("write %s: %v", e.Path, e.Err) }

// Unwrap returns why.
func (e *WriteError) Unwrap() error { return e.Err }

// What a caller did wrong.
var (
	ErrRunGoesOn = errors.New("the store has a run that is not finished")
	ErrRunOver   = errors.New("the run is finished")
)

// damageError is [ErrDamaged] with the file and what is wrong with it.
type damageError struct {
	path string
	why  error
}

func (e *damageError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrDamaged, e.path, e.why) }

// Unwrap returns both.
func (e *damageError) Unwrap() []error { return []error{ErrDamaged, e.why} }

// damaged wraps why the file at path is taken for damaged.
func damaged(path string, why error) error { return &damageError{path, why} }

// whyDamaged is what is wrong, without the path that a report has in its head.
func whyDamaged(err error) error {
	var d *damageError
	if errors.As(err, &d) {
		return d.why
	}
	return err
}

// wrapIO says which file could not be written. bbolt tells some of the system's
// errors in words only, so that the type must say what kind it is.
func wrapIO(path string, err error) error {
	if err == nil || errors.Is(err, ErrDamaged) || errors.As(err, new(*WriteError)) {
		return err
	}
	return &WriteError{path, err}
}
