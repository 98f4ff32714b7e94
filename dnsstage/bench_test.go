package dnsstage

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// echo answers every query at the next Poll, as com's server would: names with
// a label of 12 letters or more are absent, all others delegated.
type echo struct {
	pending []wire.Reply
	names   []byte
	comName []byte
}

func (e *echo) Submit(qs []wire.Query) (int, error) {
	if len(e.pending) == 0 {
		e.names = e.names[:0]
	}
	for i := range qs {
		q := &qs[i]
		r := wire.Reply{Token: q.Token, Server: q.Server, RTT: 50 * time.Microsecond}
		from := len(e.names)
		e.names = append(e.names, q.Name...)
		name := e.names[from:]
		switch dot := len(name) - len(".com"); {
		case string(name) == "com":
			r.AA, r.Answers, r.AnswerNS, r.AnswerType = true, 1, true, wire.TypeNS
		case dot >= 12:
			r.AA, r.Rcode, r.SOAOwner = true, wire.RcodeNXDomain, e.comName
		default:
			r.NSOwner = name
		}
		e.pending = append(e.pending, r)
	}
	return len(qs), nil
}

func (e *echo) Poll(dst []wire.Reply, _ time.Duration) (int, error) {
	n := copy(dst, e.pending)
	e.pending = e.pending[:copy(e.pending, e.pending[n:])]
	return n, nil
}

func (e *echo) Stats() wire.Stats { return wire.Stats{} }
func (e *echo) Close() error      { return nil }

// BenchmarkStage is everything but the network: intake, choice of server, pace,
// judgement, settling. ns/op and allocs/op are per name.
func BenchmarkStage(b *testing.B) {
	server := addrs("127.0.0.1")
	cfg := Config{Authority: map[string][]netip.AddrPort{"com": server}, Seed: 1}.withDefaults()
	s := newStage(cfg, &echo{comName: []byte("com")}, &echo{comName: []byte("com")})
	defer closeStage(b, s)
	in, out, done := make(chan *vacant.Batch, 4), make(chan *vacant.Batch, 4), make(chan error, 1)
	go func() { done <- s.Run(b.Context(), in, out); close(out) }()
	batches := make(chan *vacant.Batch, 64)
	for range cap(batches) {
		batches <- fullBatch()
	}
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		defer close(in)
		for sent := 0; sent < b.N; sent += vacant.BatchSize {
			in <- <-batches
		}
	}()
	for x := range out {
		batches <- x
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

func fullBatch() *vacant.Batch {
	x := &vacant.Batch{}
	for i := range vacant.BatchSize {
		name := "n" + strconv.Itoa(i) + ".com"
		if i%20 == 0 {
			name = "absent-for-certain-" + name
		}
		x.AppendName(vacant.Name(name), vacant.NoIndex)
	}
	return x
}

func BenchmarkJudge(b *testing.B) {
	q := question{name: []byte("free.com"), origin: "com"}
	r := wire.Reply{Message: wire.Message{AA: true, Rcode: wire.RcodeNXDomain, SOAOwner: []byte("com")}}
	b.ReportAllocs()
	for b.Loop() {
		if v := judge(&q, &r); v.status != vacant.StatusNXDomain {
			b.Fatal(v)
		}
	}
}
