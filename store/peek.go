package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// OperatorStanding is what of an operator's budget binds now.
type OperatorStanding struct {
	UsedToday   int64     // questions taken in the last 24 to 25 h
	LockedUntil time.Time // zero when the operator has not locked this user out
}

// PeekBudgets reads how the operators stand in the budget file at path, without
// making or changing it. Those of which nothing is known have the zero OperatorStanding;
// without a file, or with path "", that is all of them.
func PeekBudgets(ctx context.Context, path string, operators []string, now time.Time) (map[string]OperatorStanding, error) {
	standing := make(map[string]OperatorStanding, len(operators))
	if _, err := os.Stat(path); path == "" || errors.Is(err, fs.ErrNotExist) {
		return standing, nil
	}
	err := (&fileBox{path}).do(ctx, false, func(v values) error {
		if err := checkBudgets(path, v.get(string(budgetSchema))); err != nil {
			return err
		}
		for _, operator := range operators {
			a, err := readAccount(v.get(accountKey(operator)))
			if err != nil {
				return fmt.Errorf("budget of %s: %w", operator, err)
			}
			standing[operator] = a.standing(now)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	return standing, nil
}

func (a *account) standing(now time.Time) (s OperatorStanding) {
	a.advance(now, 0, Limit{})
	s.UsedToday = a.usedToday()
	if a.locked(now) {
		s.LockedUntil = a.unlock()
	}
	return s
}
