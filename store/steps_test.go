package store

import (
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// sparseBatch has one index in each of n chunks, the nth of them.
func sparseBatch(n int, nth uint64) *vacant.Batch {
	b := new(vacant.Pool).Get()
	b.Servers = vacant.NewServers()
	for i := range uint64(n) {
		b.Append(spaceName(nil, i*chunkSize+nth), i*chunkSize+nth)
	}
	return b
}

const sparseSize = 3 * sparseChunks

var sparseInfo = RunInfo{ID: "1", Space: [16]byte{1}, SpaceSize: sparseSize * chunkSize}

func stepsIn(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketSteps).ForEach(func(_, _ []byte) error { n++; return nil })
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// half of the names are delegated, two are taken back later.
func everyOther(i int) vacant.Status {
	if i%2 == 0 {
		return vacant.StatusDelegated
	}
	return vacant.StatusTimeout
}

// abandon closes the file as a kill leaves it: the run gets no end and folds nothing.
func abandon(t *testing.T, s *Store, r *Run) {
	t.Helper()
	flush(t, r)
	r.steps = steps{}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSparseProgressIsFoldedAtTheEnd(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, sparseInfo)
	for nth := range uint64(3) {
		answered(t, r, sparseBatch(sparseSize, nth), c.t, everyOther)
		flush(t, r)
	}
	if n := stepsIn(t, s); n != 3 {
		t.Fatalf("%d steps after three commits of one index in each chunk", n)
	}
	finish(t, r)
	if n := stepsIn(t, s); n != 0 {
		t.Errorf("%d steps are left", n)
	}
	wantSparse(t, s, c)
}

// wantSparse begins a run and holds against it what everyOther said of three names in each chunk.
func wantSparse(t *testing.T, s *Store, c *clock) {
	t.Helper()
	c.t = c.t.Add(time.Hour)
	info := sparseInfo
	info.ID = "2"
	r := begin(t, s, info)
	for nth := range uint64(4) {
		want := Admission{Known: sparseSize / 2}
		if nth == 3 {
			want = Admission{}
		}
		admit(t, r, sparseBatch(sparseSize, nth), want)
	}
	finish(t, r)
}

func TestStepsOfAKilledRunAreFolded(t *testing.T) {
	s, c := fresh1(t)
	path := s.Path()
	r := begin(t, s, sparseInfo)
	for nth := range uint64(3) {
		answered(t, r, sparseBatch(sparseSize, nth), c.t, everyOther)
		flush(t, r)
	}
	abandon(t, s, r)
	s = open(t, path, c)
	if n := stepsIn(t, s); n != 3 {
		t.Fatalf("%d steps", n)
	}
	wantSparse(t, s, c)
	if n := stepsIn(t, s); n != 0 {
		t.Errorf("%d steps are left", n)
	}
}

// A kill in the middle of folding leaves chunks that have a step and the step
// itself: folding it once more changes nothing.
func TestStepsMayBeFoldedTwice(t *testing.T) {
	s, c := fresh1(t)
	path := s.Path()
	r := begin(t, s, sparseInfo)
	for nth := range uint64(3) {
		answered(t, r, sparseBatch(sparseSize, nth), c.t, everyOther)
		flush(t, r)
	}
	r.steps.beginFold()
	if err := s.update(func(tx *bbolt.Tx) error { return r.steps.fold(tx, r.info.Space, sparseSize/2) }); err != nil {
		t.Fatal(err)
	}
	abandon(t, s, r)
	s = open(t, path, c)
	if n := stepsIn(t, s); n != 3 {
		t.Fatalf("%d steps", n)
	}
	wantSparse(t, s, c)
}

// An index that is gone leaves its chunk, though it came in a step.
func TestGoneIndexesOfStepsLeaveTheirChunks(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, sparseInfo)
	answered(t, r, sparseBatch(sparseSize, 0), c.t, all(vacant.StatusDelegated))
	finish(t, r)
	c.t = c.t.Add(21 * time.Hour)
	info := sparseInfo
	info.ID = "2"
	r = begin(t, s, info)
	answered(t, r, sparseBatch(sparseSize, 0), c.t, everyOther)
	finish(t, r)
	info.ID = "3"
	r = begin(t, s, info)
	b := sparseBatch(sparseSize, 0)
	if got := admit(t, r, b, Admission{Known: sparseSize / 2}); len(got) != sparseSize/2 {
		t.Errorf("%d are asked", len(got))
	}
}

func TestStepSurvives(t *testing.T) {
	key := stepKey([16]byte{1}, 7)
	for _, s := range []step{{}, {at: 5, delegated: []uint64{1, 1 << 40}}, {at: 1, delegated: []uint64{0}, gone: []uint64{3, 4, 5}}} {
		v := s.append(nil, key)
		got, err := readStep(key, v)
		if err != nil || got.at != s.at || !slices.Equal(got.delegated, s.delegated) || !slices.Equal(got.gone, s.gone) {
			t.Errorf("%+v becomes %+v, %v", s, got, err)
		}
		for bit := range 8 * len(v) {
			bad := slices.Clone(v)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, err := readStep(key, bad); err == nil {
				t.Fatalf("bit %d is not seen", bit)
			}
		}
	}
}

func FuzzStep(f *testing.F) {
	s := step{at: 5, delegated: []uint64{1, 1 << 40}, gone: []uint64{3}}
	v := s.append(nil, nil)
	f.Add(v[:len(v)-sumLen])
	f.Fuzz(func(_ *testing.T, body []byte) {
		_, _ = readStep(nil, appendSum(slices.Clone(body), 0, nil))
	})
}

// One bit is found where it lies as it is in the decoded chunk.
func TestOneBitOfAChunk(t *testing.T) {
	for _, every := range []int{1, 2, 3, 50, 70_000} {
		var c chunk
		for l := range 3 {
			on := new(bitmap)
			for i := l; i < chunkSize; i += 3 * every {
				on.set(uint16(i))
			}
			c = append(c, layer{t0.Unix() + int64(l)*7200, on})
		}
		key := chunkKey([16]byte{1}, 3)
		v := c.append(nil, key)
		now := t0.Add(20 * time.Hour) // the first layer is too old
		want := c.fresh(20*time.Hour, now)
		for i := 0; i < chunkSize; i += 1 + i%7 { // runs are read from their beginning each time
			got, err := chunkHas(key, v, uint16(i), 20*time.Hour, now)
			if err != nil || got != want.bits.has(uint16(i)) {
				t.Fatalf("every %d: index %d is %v, %v", every, i, got, err)
			}
		}
	}
	if got, err := chunkHas(nil, nil, 1, time.Hour, t0); got || err != nil {
		t.Error("no chunk has an index", err)
	}
}
