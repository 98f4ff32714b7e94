package store

import (
	"fmt"
	"io"
	"strings"
)

// ChangeEncoder writes changes in CSV or JSONL, as an Encoder writes results.
type ChangeEncoder struct {
	w       io.Writer
	format  Format
	stable  bool
	from    string
	to      string
	keys    [][]byte
	cells   cells
	buf     []byte
	started bool
}

// ChangeColumns is the header of the CSV format of changes. It is fixed: columns
// may be added at its end, none moved, renamed or removed.
func ChangeColumns() []string {
	return strings.Split("domain,unicode,tld,change,verdict,lifecycle,reason,was_verdict,was_lifecycle,was_reason,checked_at,from_run,to_run", ",")
}

// NewChangeEncoder returns an encoder of CSV or JSONL on w for what changed
// between the runs with the ids from and to; stable leaves out checked_at and
// the runs.
func NewChangeEncoder(w io.Writer, f Format, stable bool, from, to string) (*ChangeEncoder, error) {
	if f != CSV && f != JSONL {
		return nil, fmt.Errorf("changes have no format %q: it is csv or jsonl", string(f))
	}
	return &ChangeEncoder{w: w, format: f, stable: stable, from: from, to: to, keys: jsonKeys(ChangeColumns())}, nil
}

// Encode writes one change.
func (e *ChangeEncoder) Encode(c *Change) error {
	e.cells.setChange(c, e.stable)
	e.cells.addUnless(e.stable, e.from)
	e.cells.addUnless(e.stable, e.to)
	if e.format == JSONL {
		e.buf = append(e.cells.appendFields(append(e.buf[:0], lineHead...), e.keys), "}\n"...)
	} else {
		e.buf = e.cells.appendCSV(e.head())
	}
	_, err := e.w.Write(e.buf)
	return err
}

// head returns the buffer, with the header in it if nothing was written yet.
func (e *ChangeEncoder) head() []byte {
	if e.started {
		return e.buf[:0]
	}
	e.started = true
	return appendHeader(e.buf[:0], ChangeColumns())
}

// Close writes what is still due: CSV's header if there was no change.
func (e *ChangeEncoder) Close() error {
	if e.format == JSONL || e.started {
		return nil
	}
	_, err := e.w.Write(e.head())
	return err
}

func (c *cells) setChange(x *Change, stable bool) {
	c.reset()
	c.add(string(x.Name))
	c.add(x.Name.Unicode())
	c.add(x.Name.Parent())
	c.add(string(x.Kind()))
	for _, s := range []Standing{x.After, x.Before} {
		c.add(s.Word())
		c.add(string(s.Lifecycle))
		c.add(string(s.Reason))
	}
	c.addTimeUnless(stable, x.At)
}

// Word returns the verdict, "unknown" where nothing was known.
func (s Standing) Word() string {
	if !s.Known {
		return "unknown"
	}
	return s.Verdict.String()
}

// String is the verdict, and behind it what more is known: "registered (hold)".
func (s Standing) String() string {
	more := string(s.Lifecycle)
	if s.Reason != "" {
		more = strings.TrimPrefix(more+", "+string(s.Reason), ", ")
	}
	if more == "" {
		return s.Word()
	}
	return s.Word() + " (" + more + ")"
}
