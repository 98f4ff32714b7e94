package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"vacant/cmd/internal/pipeline"
	"vacant/generator"
	"vacant/store"
)

func TestExitCodeOfEveryKindOfError(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("while hunting: %w", err) }
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"none", nil, 0},
		{"reader left", wrap(&fs.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}), 0},
		{"anything", errors.New("odd"), 1},
		{"no way to ask", wrap(pipeline.ErrNoWay), 1},
		{"no store", wrap(store.ErrNoStore), 1},
		{"usage", wrap(usagef("bad flag")), 2},
		{"usage by a missing file", usage(os.ErrNotExist, ""), 2},
		{"pattern", wrap(&generator.PatternError{}), 2},
		{"other world", wrap(&store.WorldError{}), 2},
		{"nothing available", errEmpty, 3},
		{"too many undetermined", wrap(errUndetermined), 4},
		{"stopped", wrap(errStopped), 5},
		{"cancelled", wrap(context.Canceled), 5},
		{"locked", wrap(&store.LockedError{PID: 7, Since: time.Now()}), 6},
		{"damaged", wrap(store.ErrDamaged), 65},
		{"newer", wrap(store.ErrNewer), 65},
		{"invariant", wrap(pipeline.ErrInvariant), 70},
		{"invariant while stopped", errors.Join(context.Canceled, pipeline.ErrInvariant), 70},
		{"disk full", wrap(&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), 74},
		{"not permitted", wrap(&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}), 74},
		{"output", ioFailure(errors.New("short write")), 74},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitCode(tt.err); got != tt.want {
				t.Errorf("exit code of %v = %d, want %d", tt.err, got, tt.want)
			}
			if _, documented := exitWords[exitCode(tt.err)]; !documented {
				t.Errorf("exit code %d is not documented", exitCode(tt.err))
			}
		})
	}
}

func TestJudgePutsDoubtBeforeEmptiness(t *testing.T) {
	doubtful := pipeline.Summary{End: pipeline.EndDone}
	doubtful.Counts.Queued, doubtful.Counts.Undetermined = 10, 5
	unserved := doubtful
	unserved.NoRegistry = 5
	stopped := doubtful
	stopped.End = pipeline.EndDeadline
	found := doubtful
	found.Shown = 1
	tests := []struct {
		name string
		run  runControl
		sum  pipeline.Summary
		want error
	}{
		{"no demands", runControl{}, doubtful, nil},
		{"empty", runControl{failEmpty: true}, doubtful, errEmpty},
		{"found", runControl{failEmpty: true}, found, nil},
		{"too many", runControl{failEmpty: true, maxUndetermined: "4"}, doubtful, errUndetermined},
		{"just so many", runControl{maxUndetermined: "5"}, doubtful, nil},
		{"too great a share", runControl{maxUndetermined: "49%"}, doubtful, errUndetermined},
		{"just that share", runControl{maxUndetermined: "50%"}, doubtful, nil},
		{"nobody could confirm them", runControl{maxUndetermined: "0"}, unserved, nil},
		{"stopped before all", runControl{failEmpty: true, maxUndetermined: "0"}, stopped, errStopped},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.run.judge(tt.sum); !errors.Is(got, tt.want) {
				t.Errorf("judge = %v, want %v", got, tt.want)
			}
		})
	}
}
