package generator

import (
	"context"
	"fmt"
	"io"
	"os"

	"vacant"
)

// emitter collects names into batches and sends them.
type emitter struct {
	ctx   context.Context
	g     *Generator
	out   chan<- *vacant.Batch
	batch *vacant.Batch // nil when nothing is held
	kept  *kept         // where names of lists go until they are sorted; nil: out at once
}

// current returns the batch to append to.
func (e *emitter) current() *vacant.Batch {
	if e.batch == nil {
		e.batch = e.g.pool.Get()
	}
	return e.batch
}

func (e *emitter) held() bool { return e.batch != nil && e.batch.Len() > 0 }

func (e *emitter) add(name []byte, index uint64) error {
	if e.kept != nil {
		return e.kept.add(name)
	}
	return e.send(name, index)
}

func (e *emitter) send(name []byte, index uint64) error {
	b := e.current()
	b.Append(name, index)
	if b.Full() {
		return e.flush()
	}
	return nil
}

// flush sends what is held. Names count as generated once they are sent: what
// is held when ctx ends was never made.
func (e *emitter) flush() error {
	if !e.held() {
		return nil
	}
	n := uint64(e.batch.Len())
	select {
	case e.out <- e.batch:
		e.batch = nil
		e.g.counts.generated.Add(n)
		return nil
	case <-e.ctx.Done():
		e.batch.Reset()
		return e.ctx.Err()
	}
}

// Run sends all candidates to out in batches and returns when done or when ctx
// ends. It does not close out. A batch holds names of the space or of lists, never both.
//
// Arguments come first, then lists as they are named, then the space, then
// Stdin, which may never end; with BestFirst, the best come first, and of one score those of
// lists, by name, before those of the space, by index. A read of Stdin that blocks outlives a cancelled
// Run until Stdin ends; nothing it brings is used. Run is to be called once.
func (g *Generator) Run(ctx context.Context, out chan<- *vacant.Batch) error {
	files, err := g.openLists()
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	if err != nil {
		return err
	}
	e := &emitter{ctx: ctx, g: g, out: out}
	if g.cfg.BestFirst {
		e.kept = &kept{}
	}
	l := newLister(g, e)
	if err := l.arguments(); err != nil {
		return err
	}
	for i, f := range files {
		if err := l.read(ctx, g.files[i], f); err != nil {
			return err
		}
	}
	if e.kept == nil {
		if err := g.runSpace(e); err != nil {
			return err
		}
	}
	if g.stdin {
		if err := l.read(ctx, "-", g.cfg.Stdin); err != nil {
			return err
		}
	}
	if e.kept == nil {
		return nil
	}
	r := ranking{g: g, out: e, lists: e.kept}
	return r.run()
}

// openLists opens every list before anything is made.
func (g *Generator) openLists() (files []io.ReadCloser, err error) {
	for _, path := range g.files {
		f, err := os.Open(path)
		if err != nil {
			return files, fmt.Errorf("--list: %w", err)
		}
		files = append(files, g.listed.count(f))
	}
	return files, nil
}

// runSpace makes the names of the shard's part of the space.
func (g *Generator) runSpace(e *emitter) error {
	if g.lo == g.hi {
		return nil
	}
	var err error
	if g.cfg.Random {
		err = g.runRandom(e)
	} else {
		err = g.runInOrder(e)
	}
	if err != nil {
		return err
	}
	return e.flush()
}

// runInOrder goes through the shard chunk by chunk. A chunk that the shard holds
// only a part of is made without asking: an answer would be about more than that part.
func (g *Generator) runInOrder(e *emitter) error {
	w := walker{space: g.space}
	valid := false // w stands at lo
	for lo := g.lo; lo < g.hi; {
		end := min(lo-lo%ChunkSize+ChunkSize, g.space.size)
		whole := lo%ChunkSize == 0 && end <= g.hi
		end = min(end, g.hi)
		if whole && g.cfg.KnownChunk != nil && g.cfg.KnownChunk(lo, end) {
			g.counts.knownChunk(end - lo)
			lo, valid = end, false
			if err := e.ctx.Err(); err != nil {
				return err
			}
			continue
		}
		if !valid {
			w.seek(lo)
			valid = true
		}
		if err := e.fill(&w, end); err != nil {
			return err
		}
		lo = end
	}
	return nil
}

// fill sends the walker's names up to index hi, all but what a last batch holds.
func (e *emitter) fill(w *walker, hi uint64) error {
	for w.index < hi {
		b := e.current()
		w.fill(b, hi)
		if !b.Full() {
			return e.ctx.Err()
		}
		if err := e.flush(); err != nil {
			return err
		}
	}
	return nil
}
