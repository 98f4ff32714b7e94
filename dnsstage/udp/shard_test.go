package udp

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"vacant/dnsstage/wire"
)

// memory is a link without a network: what is sent comes back through answer.
type memory struct {
	answer   func(query []byte) [][]byte // what the server sends
	room     int                         // packets that leave before err; <0 = all
	err      error
	full     bool // receive says that more is waiting
	queue    []datagram
	got      []datagram
	perTurn  int // datagrams a receive gives; 0 = all
	received func()
}

func (m *memory) families() (v4, v6 family) { return family{0, 2}, family{} }

func (m *memory) send(b *burst) (int, error) {
	for i, p := range b.packets {
		if m.room == 0 {
			return i, m.err
		}
		m.room--
		for _, msg := range m.answer(b.bytes(i, i+1)) {
			m.queue = append(m.queue, datagram{sock: int32(b.sock), from: p.to, data: msg})
		}
	}
	return len(b.packets), nil
}

func (m *memory) receive(time.Duration, []int32) ([]datagram, bool, error) {
	if m.received != nil {
		m.received()
	}
	n := len(m.queue)
	if m.perTurn > 0 {
		n = min(n, m.perTurn)
	}
	m.got = append(m.got[:0], m.queue[:n]...)
	m.queue = m.queue[:copy(m.queue, m.queue[n:])]
	return m.got, m.full, nil
}

func (m *memory) wake()        {}
func (m *memory) lost() uint64 { return 0 }
func (m *memory) close() error { return nil }

// echo answers with the question and nothing else.
func echo(query []byte) [][]byte {
	reply := slices.Clone(query)
	reply[2] |= 0x80
	return [][]byte{reply}
}

func silence([]byte) [][]byte { return nil }

func newTestShard(m *memory, inflight int) *shard { return newShard(m, inflight, 1) }

func queries(n int) []wire.Query {
	qs := make([]wire.Query, n)
	for i := range qs {
		qs[i] = query(fmt.Sprintf("name-%05d.example", i), testServer)
		qs[i].Token = uint64(i)
	}
	return qs
}

func TestWhatDidNotLeaveIsTakenBack(t *testing.T) {
	tests := []struct {
		cause error
		taken int // of 200, the 100th of which cannot leave
	}{
		{os.NewSyscallError("sendmmsg", syscall.ENOBUFS), 99},
		{os.NewSyscallError("sendmmsg", syscall.EAGAIN), 99},
		{os.ErrDeadlineExceeded, 99},
		{os.NewSyscallError("sendmmsg", syscall.ENETUNREACH), 200},
		{os.NewSyscallError("sendmmsg", syscall.EPERM), 200},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.cause), func(t *testing.T) {
			m := &memory{answer: silence, room: 99, err: tt.cause}
			s := newTestShard(m, 1000)
			n := s.submit(queries(200)[:100])
			if tt.taken > 99 { // the way is free again behind the one that was refused
				m.room = -1
				n += s.submit(queries(200)[100:])
			}
			if n != tt.taken {
				t.Fatalf("%d taken, want %d", n, tt.taken)
			}
			dst := make([]wire.Reply, 4)
			ended, err := s.poll(dst, 0)
			if err != nil || ended != tt.taken/200 {
				t.Fatalf("poll = %d, %v", ended, err)
			}
			if ended == 1 && (dst[0].Outcome != wire.Unreachable || dst[0].Token != 99 || !errors.Is(dst[0].Err, tt.cause)) {
				t.Errorf("query %d: outcome %d, %v", dst[0].Token, dst[0].Outcome, dst[0].Err)
			}
			if want := tt.taken - ended; s.table.live != want || s.counters().Sent != uint64(want) {
				t.Errorf("%d in flight, %d sent, want %d", s.table.live, s.counters().Sent, want)
			}
		})
	}
}

func TestReplyReadAfterItsDeadlineIsNoTimeout(t *testing.T) {
	m := &memory{answer: echo, room: -1, perTurn: 10, full: true}
	s := newTestShard(m, 100)
	qs := queries(50)
	for i := range qs {
		qs[i].Timeout = time.Nanosecond // over before the first poll, as after a pause of the process
	}
	if n := s.submit(qs); n != 50 {
		t.Fatal(n)
	}
	dst := make([]wire.Reply, 64)
	for total := 0; total < 50; {
		n, err := s.poll(dst, 0)
		if err != nil || n == 0 {
			t.Fatalf("%d ended, then %d, %v", total, n, err)
		}
		for _, r := range dst[:n] {
			if r.Outcome != wire.Replied {
				t.Fatalf("query %d: outcome %d although its reply was waiting", r.Token, r.Outcome)
			}
		}
		total += n
	}
}

func TestFloodOfRubbishDoesNotHoldUpTimeouts(t *testing.T) {
	m := &memory{answer: silence, room: -1, full: true}
	s := newTestShard(m, 100)
	q := query("x.example", testServer)
	q.Timeout = time.Millisecond
	s.submit([]wire.Query{q})
	rubbish := slices.Repeat([]datagram{{from: testServer, data: make([]byte, 64)}}, 100)
	m.received = func() { m.queue = append(m.queue[:0], rubbish...) }
	dst := make([]wire.Reply, 1)
	began := time.Now()
	for {
		n, err := s.poll(dst, 0)
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			break
		}
		if time.Since(began) > 50*time.Duration(floodLimit) {
			t.Fatal("the query never ends")
		}
	}
	if dst[0].Outcome != wire.TimedOut {
		t.Errorf("outcome %d, want TimedOut", dst[0].Outcome)
	}
}

// TestABurstLeavesFromOneRandomPort shows that ports are drawn and not counted through.
func TestABurstLeavesFromOneRandomPort(t *testing.T) {
	used := map[int]int{}
	m := &memory{answer: silence, room: -1}
	s := newTestShard(m, 20_000)
	for range 200 {
		s.submit(queries(1))
		used[s.out.sock]++
	}
	if used[0]+used[1] != 200 || used[0] < 60 || used[1] < 60 {
		t.Errorf("ports used %v times, want about 100 each", used)
	}
}

func TestSubmitAndPollAllocateNothing(t *testing.T) {
	m := &memory{answer: echo, room: -1}
	s := newTestShard(m, 1000)
	qs, dst := queries(256), make([]wire.Reply, 256)
	m.answer = reuse()
	turn := func() {
		s.submit(qs)
		for left := 256; left > 0; {
			n, _ := s.poll(dst, 0)
			left -= n
		}
	}
	turn()
	if n := testing.AllocsPerRun(100, turn); n != 0 {
		t.Errorf("%v allocations for 256 queries, want none", n)
	}
}

// reuse returns an echo without allocations of its own.
func reuse() func([]byte) [][]byte {
	slab := make([][maxPacket]byte, 1024)
	next := 0
	one := make([][]byte, 1)
	return func(query []byte) [][]byte {
		next = (next + 1) % len(slab)
		one[0] = slab[next][:copy(slab[next][:], query)]
		one[0][2] |= 0x80
		return one
	}
}

func withPort(a netip.AddrPort, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr(), port)
}

func BenchmarkShard(b *testing.B) {
	m := &memory{room: -1}
	m.answer = reuse()
	s := newTestShard(m, 20_000)
	qs, dst := queries(256), make([]wire.Reply, 256)
	b.ReportAllocs()
	for n := 0; n < b.N; {
		s.submit(qs)
		for left := 256; left > 0; {
			k, _ := s.poll(dst, 0)
			left -= k
			n += k
		}
	}
}
