package socks

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"testing"
	"time"

	"vacant/dnsstage/wire"
)

// sink is a connection that takes what is written and says nothing.
type sink struct{ net.Conn }

func (sink) Write(b []byte) (int, error) { return len(b), nil }
func (sink) Close() error                { return nil }

// still is a pool whose one worker is connected and does not run: the test takes
// its steps. The connection has answered before, and its server takes 32 at once.
func still(tb testing.TB) (*Pool, *conn) {
	tb.Helper()
	p := newPool(Config{Workers: 1, Seed: 1}, nil)
	w := &worker{pool: p, wake: make(chan struct{}, 1)}
	p.desk.present++
	p.desk.free.push(w)
	s := p.desk.server(anywhere)
	s.depth.now = s.depth.most
	c := newConn(sink{}, w)
	c.answers = 1
	p.desk.bind(w, s)
	p.desk.attach(w, c)
	tb.Cleanup(func() { _ = p.Close() })
	return p, c
}

// written has n queries asked on c and returns what left for the server.
func written(tb testing.TB, p *Pool, c *conn, qs []wire.Query) []byte {
	tb.Helper()
	if n, err := p.Submit(qs); n != len(qs) || err != nil {
		tb.Fatalf("Submit = %d, %v", n, err)
	}
	c.worker.write(c)
	return c.worker.out
}

// answersTo turns framed queries into answers, in place.
func answersTo(b []byte) {
	for len(b) > 2 {
		b[4] |= 0x80
		b = b[2+int(binary.BigEndian.Uint16(b)):]
	}
}

func TestAskingAllocatesNothing(t *testing.T) {
	p, c := still(t)
	qs := names(16, anywhere)
	in, dst := make([]byte, 4096), make([]wire.Reply, len(qs))
	round := func() {
		n := copy(in, written(t, p, c, qs))
		answersTo(in[:n])
		if used, err := c.answer(in[:n]); used != n || err != nil {
			t.Fatalf("%d of %d octets, %v", used, n, err)
		}
		if got, err := p.Poll(dst, time.Second); got != len(qs) || err != nil {
			t.Fatalf("Poll = %d, %v", got, err)
		}
	}
	round() // makes the memory
	round()
	if n := testing.AllocsPerRun(500, round); n > 0 {
		t.Errorf("%v allocations for %d queries", n, len(qs))
	}
}

func TestIDsAreRandomAndUniqueOnAConnection(t *testing.T) {
	p, c := still(t)
	seen, small := make(map[uint16]bool), 0
	c.overdue = []uint16{7}
	for i := range 32 {
		out := written(t, p, c, names(1, anywhere))
		id := binary.BigEndian.Uint16(out[2:])
		if seen[id] || id == 7 {
			t.Errorf("query %d: id %d is taken", i, id)
		}
		if seen[id] = true; id < 1<<12 {
			small++
		}
	}
	if small > 16 {
		t.Errorf("%d of 32 ids below 4096", small)
	}
}

// FuzzStream has a server say anything, in pieces cut anywhere, to queries on
// their way: an answer must be about the query that it ends.
func FuzzStream(f *testing.F) {
	p, c := still(f)
	right := bytes.Clone(written(f, p, c, names(4, anywhere)))
	answersTo(right)
	f.Add(right, uint16(len(right)))
	f.Add(right, uint16(1))
	f.Add(right[:len(right)-3], uint16(7))
	f.Add(append([]byte{0, 3, 1, 2, 3}, right...), uint16(9))
	f.Add(bytes.Repeat(right[:len(right)/4], 40), uint16(1000))
	f.Add([]byte{0xff, 0xff, 0, 0}, uint16(2))
	f.Fuzz(func(t *testing.T, said []byte, piece uint16) {
		p, c := still(t)
		qs := names(4, anywhere)
		written(t, p, c, qs) // the seed makes the ids those of the corpus
		var held []byte
		for len(said) > 0 {
			n := min(len(said), int(piece)+1)
			held, said = append(held, said[:n]...), said[n:]
			used, err := c.answer(held)
			if used > len(held) {
				t.Fatalf("%d octets used of %d", used, len(held))
			}
			held = held[used:]
			if err != nil {
				break
			}
		}
		checkEnds(t, p, qs)
	})
}

// checkEnds looks at what has ended so far.
func checkEnds(t *testing.T, p *Pool, qs []wire.Query) {
	t.Helper()
	dst, ended := make([]wire.Reply, 8), make(map[uint64]bool)
	for {
		n, err := p.Poll(dst, 0)
		if err != nil || n == 0 {
			return
		}
		for _, r := range dst[:n] {
			if ended[r.Token] || r.Token >= uint64(len(qs)) {
				t.Fatalf("query %d ended again, or never was", r.Token)
			}
			ended[r.Token] = true
			label := fmt.Sprintf("name-%d", r.Token)
			if len(r.Raw) < 13+len(label) || !bytes.EqualFold(r.Raw[13:13+len(label)], []byte(label)) {
				t.Fatalf("query %d ended with % x", r.Token, r.Raw)
			}
		}
	}
}
