package store

import (
	"errors"
	"fmt"
	"time"
)

// What can be wrong with a store file as it is opened.
var (
	ErrDamaged = errors.New("the store is damaged")                  // exit 65
	ErrNewer   = errors.New("the store was made by a newer version") // exit 65
	ErrNoStore = errors.New("there is no store here")                // read commands: exit 1
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

// What a caller did wrong.
var (
	ErrRunGoesOn = errors.New("the store has a run that is not finished")
	ErrRunOver   = errors.New("the run is finished")
)

// damaged wraps why the file at path is taken for damaged.
func damaged(path string, why error) error {
	return fmt.Errorf("%w: %s: %w", ErrDamaged, path, why)
}

// wrapIO says which file could not be written.
func wrapIO(path string, err error) error {
	if err == nil || errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("write %s: %w", path, err)
}
