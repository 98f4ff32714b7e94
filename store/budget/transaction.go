package budget

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// transaction is a file while it is locked.
type transaction struct {
	b       *file
	at      int64
	read    time.Time // the caller's clock, before at
	moved   bool      // the file's count of moves was raised
	lasting bool
}

var _ values = (*transaction)(nil)

// begin reads the header, and where the entries are if that has changed.
func (t *transaction) begin() (err error) {
	b := t.b
	head := make([]byte, headSize)
	n, err := b.f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if b.head, err = readHeader(b.path, head[:n]); err != nil {
		return err
	}
	if b.index.places == nil || b.index.gen != b.head.gen {
		if err := t.find(); err != nil {
			return err
		}
	}
	if pid := uint64(os.Getpid()); b.head.pid != pid && !b.readOnly {
		if err := t.write(binary.LittleEndian.AppendUint64(nil, pid), pidAt); err != nil {
			return err
		}
	}
	return t.tick()
}

// tick reads the clock.
func (t *transaction) tick() (err error) {
	b, changed := t.b, false
	t.read = b.wall()
	t.at, changed = b.head.line.now(&b.machine, t.read.UnixNano(), b.latest)
	if changed && !b.readOnly {
		err = t.write(b.head.line.append(nil), lineAt)
	}
	return err
}

// latest is the last time that an entry knows of.
func (b *file) latest() (last int64) {
	for _, p := range b.index.places {
		last = max(last, p.put*int64(time.Second))
	}
	return last
}

// find makes the index anew.
func (t *transaction) find() error {
	data, err := t.b.entries()
	if err != nil {
		return err
	}
	t.b.index = scan(data)
	t.b.index.gen = t.b.head.gen
	return nil
}

func (t *transaction) write(data []byte, at int64) error {
	_, err := t.b.f.WriteAt(data, at)
	return err
}

func (t *transaction) now() int64 { return t.at }

func (t *transaction) wall() time.Time { return t.read }

func (t *transaction) get(key string) ([]byte, int64, error) {
	for range 2 {
		p, ok := t.b.index.places[key]
		if !ok {
			return nil, 0, nil
		}
		data := make([]byte, p.units*unit)
		n, err := t.b.f.ReadAt(data, offset(p.at))
		if err != nil && err != io.EOF {
			return nil, 0, err
		}
		if e, ok, _ := readEntry(data[:n]); ok && e.key == key {
			return e.value, e.put * int64(time.Second), nil
		}
		if err := t.find(); err != nil { // it was damaged, or is elsewhere
			return nil, 0, err
		}
	}
	return nil, 0, nil
}

func offset(at int) int64 { return page + int64(at)*unit }

func (t *transaction) put(key string, value []byte, lasting bool) error {
	e := entry{key: key, value: value, put: t.at / int64(time.Second), units: unitsFor(entryHead + len(key) + len(value))}
	if e.units*unit > maxEntry {
		return fmt.Errorf("budget: a value of %d octets is too long", len(value))
	}
	old, had := t.b.index.places[key]
	t.lasting = t.lasting || lasting
	if had && old.units >= e.units {
		e.units = old.units
		return t.keep(&e, old.at)
	}
	if strings.HasPrefix(key, operatorKey) {
		e.units = max(e.units, accountRoom/unit)
	}
	if err := t.make(&e); err != nil || !had {
		return err
	}
	return t.erase(old)
}

// keep writes an entry in its place.
func (t *transaction) keep(e *entry, at int) error {
	t.b.index.places[e.key] = place{at, e.units, e.put}
	return t.write(e.append(nil), offset(at))
}

// make finds room for an entry, where others have had their time first.
func (t *transaction) make(e *entry) error {
	if err := t.move(); err != nil {
		return err
	}
	x := &t.b.index
	if len(x.stale(t.at)) > 0 {
		if err := t.find(); err != nil { // others may have used them since
			return err
		}
	}
	for _, key := range x.stale(t.at) {
		if err := t.erase(x.places[key]); err != nil {
			return err
		}
		delete(x.places, key)
	}
	at := x.room(e.units)
	x.units = max(x.units, at+e.units)
	if size := offset(x.units); size > maxFile {
		return fmt.Errorf("budget: %s would have %d octets", t.b.path, size)
	}
	return t.keep(e, at)
}

// move lets the other processes know that entries are about to be elsewhere.
func (t *transaction) move() error {
	if t.moved {
		return nil
	}
	t.moved = true
	t.b.head.gen++
	t.b.index.gen = t.b.head.gen
	return t.write(binary.LittleEndian.AppendUint64(nil, t.b.head.gen), genAt)
}

func (t *transaction) erase(p place) error {
	return t.write(make([]byte, entryHead), offset(p.at))
}
