package main

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

func TestPatientWritesAsLongAsItIsRead(t *testing.T) {
	read, write := io.Pipe()
	tired, end := tiredOf(t.Context(), 0)
	defer end()
	go func() { _, _ = (&patient{to: write, tired: tired}).Write([]byte("abc")); _ = write.Close() }()
	if got, err := io.ReadAll(read); string(got) != "abc" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPatientGivesUpAfterAStop(t *testing.T) {
	for name, test := range map[string]struct{ deadline, stop, want time.Duration }{
		"a signal":   {0, time.Minute, time.Minute + stuckAfter},
		"a deadline": {time.Second, time.Minute, time.Second + stuckAfter},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				read, write := io.Pipe() // nobody reads
				ctx, cancel := context.WithTimeout(t.Context(), test.stop)
				defer cancel()
				tired, end := tiredOf(ctx, test.deadline)
				defer end()
				began := time.Now()
				_, err := (&patient{to: write, tired: tired}).Write([]byte("abc"))
				if took := time.Since(began); !errors.Is(err, errStuck) || !readerLeft(err) || took != test.want {
					t.Errorf("%v after %s, want it after %s", err, took, test.want)
				}
				_ = read.Close() // the write that was begun ends
			})
		})
	}
}
