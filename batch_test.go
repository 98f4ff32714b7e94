package vacant

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestKeepDropsInPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var b Batch
		var want []string
		n := rng.IntN(40)
		drop := make([]bool, n)
		for i := range n {
			name := fmt.Sprintf("%0*d.com", 1+rng.IntN(9), i)
			b.Append([]byte(name), uint64(i))
			b.Answers[i].RTT = uint16(i)
			if drop[i] = rng.IntN(2) == 0; !drop[i] {
				want = append(want, name)
			}
		}
		b.Keep(func(i int) bool { return !drop[i] })
		if b.Len() != len(want) {
			t.Fatalf("%d names left, want %d", b.Len(), len(want))
		}
		for i, w := range want {
			if string(b.Name(i)) != w || b.Index[i] != uint64(b.Answers[i].RTT) {
				t.Fatalf("name %d is %q with index %d and answer %d, want %q", i, b.Name(i), b.Index[i], b.Answers[i].RTT, w)
			}
		}
	}
}

func TestReleasedBatchComesBackEmpty(t *testing.T) {
	var p Pool
	b := p.Get()
	b.AppendName("a.com", 7)
	b.Answers[0].Status = StatusDelegated
	b.Release()
	for range 4 { // the pool may hand out another one
		if b := p.Get(); b.Len() != 0 || len(b.Index) != 0 || len(b.Answers) != 0 {
			t.Fatal("a batch came out of the pool with names in it")
		}
	}
	b = p.Get()
	b.AppendName("b.com", 1)
	if b.Answers[0] != (Answer{}) {
		t.Error("a new name came with an old answer")
	}
}

func TestAppendDoesNotReachIntoTheNextName(t *testing.T) {
	var b Batch
	b.AppendName("a.com", 0)
	b.AppendName("b.com", 1)
	_ = append(b.Name(0), 'X')
	if string(b.Name(1)) != "b.com" {
		t.Error("appending to a view changed the next name")
	}
}

func TestServers(t *testing.T) {
	s := NewServers()
	i := s.Intern("192.0.2.1:53")
	if s.Intern("192.0.2.1:53") != i || s.Text(i) != "192.0.2.1:53" || s.Text(0) != "" || s.Text(999) != "" {
		t.Error("the table mixes up its texts")
	}
	for n := range 1 << 17 {
		s.Intern(fmt.Sprint(n))
	}
	if got := s.Intern("one too many"); got != 0 {
		t.Errorf("a full table gave index %d", got)
	}
}

func BenchmarkBatchAppend(b *testing.B) {
	b.ReportAllocs()
	var p Pool
	name := []byte("abcde.com")
	batch := p.Get()
	for b.Loop() {
		if batch.Full() {
			batch.Reset()
		}
		batch.Append(name, 1)
	}
}
