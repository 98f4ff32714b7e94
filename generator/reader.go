package generator

import (
	"bytes"
	"context"
	"errors"
	"io"
)

const (
	// readSize is how much is asked of a source at a time, in octets.
	readSize = 64 << 10
	// maxLine bounds a line, in octets: any name fits four times over, even as a
	// U-label, and a file without line ends takes no memory.
	maxLine = 4 << 10
)

var (
	errLongLine  = errors.New("line longer than 4096 octets")
	errDirectory = errors.New("is a directory")
)

// splitter cuts a stream into lines without their ends.
type splitter struct {
	line   []byte // an unfinished one, at most maxLine octets of it
	long   bool   // octets beyond maxLine were dropped
	number int    // of lines finished
}

// takeLine is given each line, 1-based; long says that it was cut to maxLine.
type takeLine func(number int, line []byte, long bool)

// feed gives every line that ends in data to take.
func (s *splitter) feed(data []byte, take takeLine) {
	for {
		before, after, found := bytes.Cut(data, []byte{'\n'})
		if !found {
			s.keep(data)
			return
		}
		if len(s.line) == 0 && len(before) <= maxLine {
			s.give(before, take)
		} else {
			s.keep(before)
			s.give(s.line, take)
		}
		data = after
	}
}

// end gives the last line, if it did not end in a line end.
func (s *splitter) end(take takeLine) {
	if len(s.line) > 0 {
		s.give(s.line, take)
	}
}

func (s *splitter) keep(data []byte) {
	room := maxLine - len(s.line)
	s.long = s.long || len(data) > room
	s.line = append(s.line, data[:min(room, len(data))]...)
}

func (s *splitter) give(line []byte, take takeLine) {
	s.number++
	if s.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	take(s.number, line, s.long)
	s.line, s.long = s.line[:0], false
}

// content returns a line without space around it and without a comment, which
// begins with a # at the line's start or after a space.
func content(line []byte) []byte {
	for from := 0; ; {
		i := bytes.IndexByte(line[from:], '#')
		if i < 0 {
			return bytes.TrimSpace(line)
		}
		if i += from; i == 0 || line[i-1] == ' ' || line[i-1] == '\t' {
			return bytes.TrimSpace(line[:i])
		}
		from = i + 1
	}
}

// chunk is what one read gave.
type chunk struct {
	data []byte
	err  error // the last chunk has one
}

// maxIdleReads is how many reads in a row may give neither data nor an error.
const maxIdleReads = 100

// readChunks reads r in a goroutine, so that the caller can wait for time and
// ctx as well. Two buffers go round: the caller gives each back to free. The
// goroutine ends with r, or, once ctx has ended, when its read returns.
func readChunks(ctx context.Context, r io.Reader) (chunks <-chan chunk, free chan<- []byte) {
	out, back := make(chan chunk), make(chan []byte, 2)
	back <- make([]byte, readSize)
	back <- make([]byte, readSize)
	go func() {
		for {
			buf, ok := receive(ctx, back)
			if !ok {
				return
			}
			n, err := readSome(r, buf)
			select {
			case out <- chunk{buf[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out, back
}

func receive(ctx context.Context, from <-chan []byte) ([]byte, bool) {
	select {
	case buf := <-from:
		return buf, true
	case <-ctx.Done():
		return nil, false
	}
}

func readSome(r io.Reader, buf []byte) (n int, err error) {
	for range maxIdleReads {
		if n, err = r.Read(buf); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}
