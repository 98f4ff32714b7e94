package ui

import (
	"io"
	"sync"
)

// Talk is stderr for all who talk to the user: lines never mix, and while live
// bars are drawn they come out above them. It is safe for concurrent use.
type Talk struct {
	out io.Writer
	// above is where lines go while bars are drawn, else nil; guarded by mu.
	mu    sync.Mutex
	above io.Writer
}

// NewTalk returns a Talk on w.
func NewTalk(w io.Writer) *Talk { return &Talk{out: w} }

// Unwrap returns the stream itself, for who must know whether it is a terminal.
func (t *Talk) Unwrap() io.Writer { return t.out }

// Write implements [io.Writer]; p should be whole lines.
func (t *Talk) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.above != nil {
		if n, err := t.above.Write(p); err == nil {
			return n, nil
		}
	}
	return t.out.Write(p)
}

// divert sends lines to w from now on; nil ends it.
func (t *Talk) divert(w io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.above = w
}
