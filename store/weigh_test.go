package store

import (
	"testing"

	"vacant"
)

// TestWeightsAreNearThePagesTaken compares what a sample says with what the
// file's pages take in all.
func TestWeightsAreNearThePagesTaken(t *testing.T) {
	s, c := fresh1(t)
	s.db.NoSync = true
	if w, err := s.Weigh(); err != nil || w.Settled != 0 || w.Chunk != 0 || w.File == 0 {
		t.Errorf("an empty store: %+v, %v", w, err)
	}
	const size = 4 * chunkSize
	r := begin(t, s, RunInfo{ID: "1", Space: [16]byte{9}, SpaceSize: size})
	for lo := uint64(0); lo < size; lo += vacant.BatchSize {
		b := spaceBatch(lo, lo+vacant.BatchSize)
		answered(t, r, b, c.t, func(i int) vacant.Status {
			if i%64 == 7 {
				return vacant.StatusNXDomain
			}
			return vacant.StatusDelegated
		})
	}
	flush(t, r)
	for {
		group, err := r.Next(t.Context(), 64)
		if err != nil {
			t.Fatal(err)
		}
		if len(group) == 0 {
			break
		}
		results := make([]vacant.Result, len(group))
		for i, q := range group {
			results[i] = available(t, string(q.Name), c.t)
		}
		settle(t, r, results...)
	}
	finish(t, r)
	w, err := s.Weigh()
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	pages := make(map[string]float64)
	for _, b := range st.Buckets {
		pages[b.Name] = float64(b.PageBytes) / float64(max(b.Keys, 1))
	}
	for what, pair := range map[string][2]float64{
		"a settled name": {w.Settled, pages["results"] + pages["state"] + pages["changes"]},
		"a chunk":        {w.Chunk, pages["progress"]},
	} {
		if ratio := pair[0] / pair[1]; ratio < 0.7 || ratio > 1.4 {
			t.Errorf("%s is said to take %.0f octets, its pages are %.0f", what, pair[0], pair[1])
		}
	}
	t.Logf("%+v %v", w, pages)
}
