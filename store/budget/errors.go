package budget

import (
	"errors"
	"fmt"
)

// What can be wrong with a budget file.
var (
	ErrDamaged = errors.New("the budget file is damaged")
	ErrNewer   = errors.New("the budget file was made by a newer version")
)

// BusyError says that another process has held the file's lock for much longer
// than a lease takes: it was stopped, or its disk does not answer.
type BusyError struct {
	Path string
	PID  int // 0 = not known
}

func (e *BusyError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("%s is held by %s, which does not go on", e.Path, who)
}
