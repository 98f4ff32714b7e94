//go:build linux

package rig

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Expect is what a file of answers is held against.
type Expect struct {
	Names  int                     // how many there are to be
	Length int                     // letters of each label; 0 is 5
	Any    bool                    // any labels of that length, not the first in order
	Taken  func(label []byte) bool // the truth
}

// Outcome is what a file of answers holds.
type Outcome struct {
	Lines     int // of the names expected or not
	Names     int // expected ones that have a line
	Twice     int // lines of a name that had one
	Strange   int // lines of no name expected
	Wrong     int // lines that say taken, free or nodata against the truth
	Undecided int // lines that claim nothing: timeout, servfail, refused, error
	Statuses  map[string]int
}

// Problem says what is wrong, nil if every name has exactly one line and none lies.
func (o *Outcome) Problem(e Expect) error {
	if o.Names != e.Names || o.Twice > 0 || o.Strange > 0 || o.Wrong > 0 {
		return fmt.Errorf("%d names expected, %d answered, %d twice, %d strange, %d wrong: %v", e.Names, o.Names, o.Twice, o.Strange, o.Wrong, o.Statuses)
	}
	return nil
}

// ReadAnswers reads the lines that vacant dns writes:
// {"d":"aaaaa.com","s":"taken",...
func ReadAnswers(path string, e Expect) (*Outcome, error) {
	return e.read(path, `"d":"`, `"s":"`, map[string]status{"taken": isTaken, "nxdomain": isFree, "nodata": isNodata})
}

// ReadNDJSON reads the lines that massdns -o J writes:
// {"name":"aaaaa.com.","type":"NS","class":"IN","status":"NOERROR",...
func ReadNDJSON(path string, e Expect) (*Outcome, error) {
	return e.read(path, `"name":"`, `"status":"`, map[string]status{"NOERROR": isTaken, "NXDOMAIN": isFree})
}

// status is what a line claims.
type status int

const (
	isUndecided status = iota
	isTaken
	isFree
	isNodata // true of no name here
)

func (e Expect) read(path, nameKey, statusKey string, known map[string]status) (*Outcome, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if e.Length == 0 {
		e.Length = 5
	}
	seen := make([]uint64, labels(e.Length)/64+1)
	o := &Outcome{Statuses: make(map[string]int)}
	in := bufio.NewReaderSize(f, 1<<18)
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return o, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, o.Lines+1, err)
		}
		o.count(e, seen, between(line, nameKey), between(line, statusKey), known)
	}
}

// between returns the text behind key, up to a quote.
func between(line []byte, key string) []byte {
	_, rest, _ := bytes.Cut(line, []byte(key))
	text, _, _ := bytes.Cut(rest, []byte{'"'})
	return text
}

// count adds one line.
func (o *Outcome) count(e Expect, seen []uint64, name, claim []byte, known map[string]status) {
	o.Lines++
	o.Statuses[string(claim)]++
	l, zone, _ := bytes.Cut(name, []byte{'.'})
	number, ok := numberOf(l, e.Length)
	switch {
	case !ok || string(bytes.TrimSuffix(zone, []byte{'.'})) != "com" || !e.Any && number >= e.Names:
		o.Strange++
		return
	case seen[number/64]>>(number%64)&1 != 0:
		o.Twice++
		return
	}
	seen[number/64] |= 1 << (number % 64)
	o.Names++
	switch s := known[string(claim)]; {
	case s == isUndecided:
		o.Undecided++
	case s == isNodata, (s == isTaken) != e.Taken(l):
		o.Wrong++
	}
}
