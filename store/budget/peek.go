package budget

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"vacant"
)

// Standing is what of an operator's budget binds now.
type Standing struct {
	UsedToday   int64     // questions in the last 24 h, where a day's quota is kept
	LockedUntil time.Time // zero when the operator has not locked this user out
}

// Peek reads how the operators stand in the budget file at path, without making
// or changing it. Those of which nothing is known have the zero Standing;
// without a file, or with path "", that is all of them. Of o only the clocks are used.
func Peek(ctx context.Context, path string, operators []string, o Options) (map[string]Standing, error) {
	standing := make(map[string]Standing, len(operators))
	if _, err := os.Stat(path); path == "" || errors.Is(err, fs.ErrNotExist) {
		return standing, nil
	}
	m := o.fill()
	f := newFile(path, o.Now, m)
	f.readOnly = true
	err := f.do(ctx, func(v values) error {
		for _, operator := range operators {
			data, _, err := v.get(operatorKey + operator)
			if err != nil {
				return err
			}
			if a, err := readAccount(data); err == nil {
				standing[operator] = a.standing(v.now(), o.Now())
			}
		}
		return nil
	})
	if err = errors.Join(err, f.close()); err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	return standing, nil
}

func (a *account) standing(now int64, wall time.Time) (s Standing) {
	a.advance(now)
	for i := range a.spans {
		if a.spans[i].length == int64(vacant.Day) {
			s.UsedToday = int64(a.spans[i].sum)
		}
	}
	if a.locked(now) {
		s.LockedUntil = wall.Add(time.Duration(a.unlock() - now))
	}
	return s
}
