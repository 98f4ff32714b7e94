package udp

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"vacant/dnsstage/wire"
)

var testServer = netip.MustParseAddrPort("192.0.2.1:53")

// core is the engine's state without its sockets.
type core struct {
	table table
	wheel wheel
	rng   *rand.ChaCha8
}

func newCore(size, sockets int, seed uint64) *core {
	return &core{table: newTable(size, sockets), wheel: newWheel(), rng: wire.NewRand(seed)}
}

func (c *core) insert(name []byte, sock int, deadline int64) (int32, error) {
	q := wire.Query{Name: name, Type: wire.TypeNS}
	i, err := c.table.insert(&q, testServer, sock, c.rng)
	if err == nil {
		c.table.slots[i].deadline = deadline
		c.wheel.add(c.table.slots, i)
	}
	return i, err
}

func (c *core) remove(i int32) {
	c.wheel.remove(c.table.slots, i)
	c.table.remove(i)
}

// answerTo is what an honest server would send for slot i: the query with QR set.
func (c *core) answerTo(i int32) []byte {
	msg := slices.Clone(c.table.slots[i].packet.Bytes())
	msg[2] |= 0x80
	return msg
}

// TestTableAgainstAModel inserts, answers and expires at random, and compares
// with a map that knows who is in flight until when.
func TestTableAgainstAModel(t *testing.T) {
	const size, sockets = 64, 2
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	c := newCore(size, sockets, seed|1)
	model := map[int32]int64{} // deadline of each slot in flight
	now := int64(0)
	for step := range 200_000 {
		switch random.IntN(4) {
		case 0, 1:
			deadline := now + random.Int64N(3*tick*buckets/2)
			i, err := c.insert([]byte("n"+strconv.Itoa(random.IntN(40))), random.IntN(sockets), deadline)
			if (err != nil) != (len(model) == size) {
				t.Fatalf("seed %d, step %d: insert with %d of %d in flight: %v", seed, step, len(model), size, err)
			}
			if err == nil {
				model[i] = deadline
			}
		case 2:
			for i := range model { // any one
				s := &c.table.slots[i]
				got, match := c.table.match(int(s.sock), testServer, c.answerTo(i))
				if got != i || match != wire.Full {
					t.Fatalf("seed %d, step %d: answer to slot %d found slot %d, match %d", seed, step, i, got, match)
				}
				c.remove(i)
				delete(model, i)
				break
			}
		case 3:
			now += random.Int64N(20 * tick)
			c.wheel.turn(c.table.slots, now, func(i int32) {
				if deadline, ok := model[i]; !ok || deadline > now {
					t.Fatalf("seed %d, step %d: slot %d reaped at %d, deadline %d, in flight %v", seed, step, i, now, deadline, ok)
				}
				c.remove(i)
				delete(model, i)
			})
			for i, deadline := range model {
				if deadline < now-tick {
					t.Fatalf("seed %d, step %d: slot %d not reaped %d ns after its deadline", seed, step, i, now-deadline)
				}
			}
		}
		if c.table.live != len(model) {
			t.Fatalf("seed %d, step %d: %d live, want %d", seed, step, c.table.live, len(model))
		}
	}
	for i := range model {
		c.remove(i)
	}
	checkEmpty(t, &c.table, &c.wheel)
}

func TestNoIDIsInFlightTwiceOnASocket(t *testing.T) {
	const n = 60_000 // of 65,536 ids
	for sock := range 2 {
		c := newCore(n, 2, 1)
		seen := make(map[uint16]bool, n)
		for range n {
			i, err := c.insert([]byte("same.example"), sock, 1)
			if err != nil {
				t.Fatal(err)
			}
			id := wire.ID(c.table.slots[i].packet.Bytes())
			if seen[id] {
				t.Fatalf("socket %d: id %d is in flight twice", sock, id)
			}
			seen[id] = true
		}
	}
}

func TestIDsAreSpreadOverTheirRange(t *testing.T) {
	c := newCore(1, 1, 1)
	const draws, bins = 64_000, 64
	var count [bins]int
	for range draws {
		i, err := c.insert([]byte("x.example"), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		count[wire.ID(c.table.slots[i].packet.Bytes())/(1<<16/bins)]++
		c.remove(i)
	}
	for bin, n := range count {
		if n < draws/bins*3/4 || n > draws/bins*5/4 {
			t.Errorf("%d ids of %d fell in part %d of %d", n, draws, bin, bins)
		}
	}
}

func TestReplyOnAnotherSocketOrFromElsewhereMatchesNothing(t *testing.T) {
	c := newCore(4, 2, 1)
	i, err := c.insert([]byte("x.example"), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		sock int
		from netip.AddrPort
		want wire.Match
	}{
		{"right", 0, testServer, wire.Full},
		{"another of our ports", 1, testServer, wire.NoMatch},
		{"another address", 0, netip.MustParseAddrPort("192.0.2.2:53"), wire.NoMatch},
		{"another port", 0, netip.MustParseAddrPort("192.0.2.1:54"), wire.NoMatch},
		{"the mapped address", 0, netip.MustParseAddrPort("[::ffff:192.0.2.1]:53"), wire.NoMatch},
	}
	for _, tt := range tests {
		if _, got := c.table.match(tt.sock, tt.from, c.answerTo(i)); got != tt.want {
			t.Errorf("%s: match %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestChargeFindsTheQueryAFloodIsAbout(t *testing.T) {
	c := newCore(8, 2, 1)
	want, err := c.insert([]byte("victim.example"), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"other.example", "victim.example.com"} {
		if _, err := c.insert([]byte(name), 0, 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.insert([]byte("victim.example"), 1, 1); err != nil {
		t.Fatal(err)
	}
	msg := c.answerTo(want)
	msg[0] ^= 0x55
	for n := 1; n <= maxOdd; n++ {
		flooded := none
		if n == maxOdd {
			flooded = want
		}
		if got := c.table.charge(none, 0, testServer, msg); got != flooded {
			t.Fatalf("after %d forged replies slot %d is flooded, want %d", n, got, flooded)
		}
	}
}

func TestDueIsNeverLaterThanADeadlineAndATick(t *testing.T) {
	c := newCore(4, 1, 1)
	for _, timeout := range []time.Duration{0, time.Millisecond, 100 * time.Millisecond, 2 * time.Second} {
		i, err := c.insert([]byte("x.example"), 0, int64(timeout))
		if err != nil {
			t.Fatal(err)
		}
		if due := c.wheel.due(); due <= int64(timeout) || due > int64(timeout)+tick {
			t.Errorf("timeout %v: due at %v", timeout, time.Duration(due))
		}
		c.remove(i)
	}
}

func TestInsertRemoveAndExpireAllocateNothing(t *testing.T) {
	c := newCore(16, 1, 1)
	name, now, end := []byte("some-name.example"), int64(0), c.remove
	n := testing.AllocsPerRun(200, func() {
		i, _ := c.insert(name, 0, now+10*tick)
		c.remove(i)
		_, _ = c.insert(name, 0, now)
		now += 2 * tick
		c.wheel.turn(c.table.slots, now, end)
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	checkEmpty(t, &c.table, &c.wheel)
}

func BenchmarkInsertMatchRemove(b *testing.B) {
	c := newCore(20_000, 4, 1)
	name := []byte("abcde.com")
	b.ReportAllocs()
	for b.Loop() {
		i, _ := c.insert(name, 0, 1<<40)
		c.remove(i)
	}
}
