package main

import "io"

// helpPage is stdout for the texts that cobra prints: it keeps the first error,
// of which cobra would tell in words of its own and exit with 0.
type helpPage struct {
	w   io.Writer
	err error
}

// Write implements [io.Writer]; it never fails.
func (p *helpPage) Write(text []byte) (int, error) {
	if p.err == nil {
		_, p.err = p.w.Write(text)
	}
	return len(text), nil
}
