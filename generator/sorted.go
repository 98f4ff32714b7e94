package generator

import (
	"bytes"
	"slices"

	"vacant"
)

// Best first (--sort score). Scores are cheap and names are not kept: one pass
// over the space counts the names of each score, which says where in the sorted
// order every name comes; then passes go over it again, each of which keeps the
// indexes of the next windowNames names of that order and sends them. What comes
// from lists has to be kept as a whole.

const (
	// windowNames is how many names of the space one pass brings, 4 octets each.
	windowNames = 8 << 20
	// maxScored is up to which size of the space the first pass keeps all scores, an
	// octet each, so that the others need not make the names again.
	maxScored = 32 << 20
	// maxSorted bounds a sorted space: at it, 129 passes are made, each of which takes minutes.
	maxSorted = 1 << 30
	// maxKept and maxKeptOctets bound the names of lists that are sorted in memory.
	maxKept       = 4 << 20
	maxKeptOctets = 128 << 20
)

// checkSort refuses what cannot be sorted.
func (g *Generator) checkSort() error {
	switch {
	case !g.cfg.BestFirst:
		return nil
	case g.cfg.Random:
		return usage("leave one of them out", "--sort score and --order random exclude each other")
	case g.hi-g.lo > maxSorted:
		return usage("narrow the patterns, use --max-length or a --shard", "--sort score goes over all names several times, and %d are more than the %d it takes", g.hi-g.lo, maxSorted)
	}
	return nil
}

// errKept means that lists have more names than can be sorted in memory.
var errKept = &UsageError{
	Msg:  "--sort score keeps the names of lists in memory, and these are more than 4194304 names or 128 MB",
	Help: "sort smaller lists, or leave --sort out",
}

// kept are the names of lists, until they are sorted.
type kept struct {
	text  []byte
	names []keptName
}

type keptName struct {
	at    uint32 // in text
	len   uint8
	score uint8
}

func (k *kept) add(name []byte) error {
	if len(k.names) >= maxKept || len(k.text)+len(name) > maxKeptOctets {
		return errKept
	}
	k.names = append(k.names, keptName{uint32(len(k.text)), uint8(len(name)), scoreOfName(name)})
	k.text = append(k.text, name...)
	return nil
}

func (k *kept) name(n keptName) []byte { return k.text[n.at:][:n.len] }

// sort puts the best first, those of one score by name, and drops what is there
// twice, of which it returns the number.
func (k *kept) sort() (dropped int) {
	slices.SortFunc(k.names, func(a, b keptName) int {
		if a.score != b.score {
			return int(b.score) - int(a.score)
		}
		return bytes.Compare(k.name(a), k.name(b))
	})
	n := len(k.names)
	k.names = slices.CompactFunc(k.names, func(a, b keptName) bool { return bytes.Equal(k.name(a), k.name(b)) })
	return n - len(k.names)
}

// scoreOfName is the score of a name's first label.
func scoreOfName(name []byte) uint8 {
	return uint8(Score(name[:max(0, bytes.IndexByte(name, '.'))]))
}

// ranking sends a space and lists, the best first.
type ranking struct {
	g     *Generator
	out   *emitter
	lists *kept

	counts [MaxScore + 1]uint64 // names of the space, by score
	scores []uint8              // by index from lo on, noScore where there is no name; nil in large spaces
	known  []bool               // by chunk from lo's on: not to be made
	batch  *vacant.Batch

	window []uint32 // indexes, from lo on, of the names at from, from+1, ... of the sorted order
	from   uint64
	name   []byte
}

// run sends everything. lists is what was read of them.
func (r *ranking) run() error {
	r.batch = r.g.pool.Get()
	defer func() { r.batch.Release() }()
	r.g.counts.duplicate(uint64(r.lists.sort()))
	if err := r.count(); err != nil {
		return err
	}
	at, listed := uint64(0), r.lists.names
	for score := MaxScore; score >= 0; score-- {
		n := 0
		for n < len(listed) && int(listed[n].score) == score {
			n++
		}
		if err := r.sendListed(listed[:n]); err != nil {
			return err
		}
		listed = listed[n:]
		if err := r.sendSpace(at, at+r.counts[score]); err != nil {
			return err
		}
		at += r.counts[score]
	}
	return nil
}

// noScore marks an index without a name.
const noScore = 0xff

// count is the first pass.
func (r *ranking) count() error {
	if n := r.g.hi - r.g.lo; n <= r.g.scored {
		r.scores = bytes.Repeat([]byte{noScore}, int(n))
	}
	return r.pass(r.askKnown, func(index uint64, score uint8) {
		r.counts[score]++
		if r.scores != nil {
			r.scores[index-r.g.lo] = score
		}
	})
}

func (r *ranking) sendListed(names []keptName) error {
	for _, n := range names {
		if err := r.out.send(r.lists.name(n), vacant.NoIndex); err != nil {
			return err
		}
	}
	return r.out.flush()
}

// sendSpace sends the names at from to to-1 of the sorted order.
func (r *ranking) sendSpace(from, to uint64) error {
	for at := from; at < to; at++ {
		if at >= r.from+uint64(len(r.window)) {
			if err := r.load(at); err != nil {
				return err
			}
		}
		index := r.g.lo + uint64(r.window[at-r.from])
		r.name, _ = r.g.space.unrank(r.name[:0], index)
		if err := r.out.send(r.name, index); err != nil {
			return err
		}
	}
	return r.out.flush()
}

// load fills the window with what comes at and behind position from.
func (r *ranking) load(from uint64) error {
	var next [MaxScore + 1]uint64 // the position of the next name of each score
	total := uint64(0)
	for score := MaxScore; score >= 0; score-- {
		next[score] = total
		total += r.counts[score]
	}
	n := min(total-from, r.g.window)
	r.from, r.window = from, slices.Grow(r.window[:0], int(n))[:n]
	place := func(index uint64, score uint8) {
		if at := next[score]; at-from < n {
			r.window[at-from] = uint32(index - r.g.lo)
		}
		next[score]++
	}
	if r.scores == nil {
		return r.pass(r.isKnown, place)
	}
	for i, score := range r.scores {
		if score != noScore {
			place(r.g.lo+uint64(i), score)
		}
	}
	return nil
}

// pass calls each for every name of the shard, chunk by chunk, but for chunks that skip is true of.
func (r *ranking) pass(skip func(lo, hi uint64) bool, each func(index uint64, score uint8)) error {
	w := walker{space: r.g.space}
	valid := false
	for lo := r.g.lo; lo < r.g.hi; {
		hi := min(lo-lo%ChunkSize+ChunkSize, r.g.hi)
		if skip(lo, hi) {
			lo, valid = hi, false
			continue
		}
		if !valid {
			w.seek(lo)
			valid = true
		}
		r.chunk(&w, hi, each)
		if err := r.out.ctx.Err(); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

// chunk calls each for the walker's names up to index hi. The names of one label
// under several suffixes follow each other.
func (r *ranking) chunk(w *walker, hi uint64, each func(index uint64, score uint8)) {
	var last []byte
	score := uint8(0)
	for w.index < hi {
		r.batch.Reset()
		last = nil
		w.fill(r.batch, hi)
		for i := range r.batch.Len() {
			name := r.batch.Name(i)
			label := name[:bytes.IndexByte(name, '.')]
			if !bytes.Equal(label, last) {
				last, score = label, uint8(Score(label))
			}
			each(r.batch.Index[i], score)
		}
	}
}

// askKnown asks about a chunk once for all passes, and counts it if it is known.
func (r *ranking) askKnown(lo, hi uint64) bool {
	whole := lo%ChunkSize == 0 && (hi%ChunkSize == 0 || hi == r.g.space.size)
	known := whole && r.g.cfg.KnownChunk != nil && r.g.cfg.KnownChunk(lo, hi)
	if known {
		r.g.counts.knownChunk(hi - lo)
	}
	r.known = append(r.known, known)
	return known
}

func (r *ranking) isKnown(lo, _ uint64) bool { return r.known[lo/ChunkSize-r.g.lo/ChunkSize] }
