package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"
)

// stuckAfter is how long a hunt that was told to end goes on waiting for a reader of
// stdout that takes nothing. All that it was to be shown is in the store, and
// comes first thing when the same command is given again.
const stuckAfter = 5 * time.Second

// errStuck is what writing ends with after that; like a reader that has left
// ([readerLeft]) it is no failure.
var errStuck = errors.New("stdout is not read")

// patient is a writer that waits for its reader, but no longer when tired is closed.
type patient struct {
	to    io.Writer
	tired <-chan struct{}
}

// Write writes p, or gives up. What was begun then goes on until the process ends.
func (w *patient) Write(p []byte) (int, error) {
	type written struct {
		n   int
		err error
	}
	done, own := make(chan written, 1), slices.Clone(p)
	go func() {
		n, err := w.to.Write(own)
		done <- written{n, err}
	}()
	select {
	case end := <-done:
		return end.n, end.err
	case <-w.tired:
		return 0, errStuck
	}
}

// tiredOf returns what is closed stuckAfter after ctx has ended, or after the
// deadline (0 is none), and what ends the waiting for that.
func tiredOf(ctx context.Context, deadline time.Duration) (tired <-chan struct{}, end func()) {
	if deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadline)
		context.AfterFunc(ctx, cancel)
	}
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unregister := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(stuckAfter, cancel)
		context.AfterFunc(late, func() { timer.Stop() })
	})
	return late.Done(), func() { unregister(); cancel() }
}
