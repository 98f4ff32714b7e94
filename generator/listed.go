package generator

import (
	"io"
	"os"
	"sync/atomic"
)

// listed is how much of the lists has been read, in octets.
type listed struct {
	size, read atomic.Int64
	endless    atomic.Bool // one of them is no regular file: nobody knows its size
}

// countedFile counts what is read of a list.
type countedFile struct {
	*os.File
	read *atomic.Int64
}

// Read implements [io.Reader].
func (f countedFile) Read(p []byte) (n int, err error) {
	n, err = f.File.Read(p)
	f.read.Add(int64(n))
	return n, err
}

func (l *listed) count(f *os.File) io.ReadCloser {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		l.size.Add(info.Size())
	} else {
		l.endless.Store(true)
	}
	return countedFile{f, &l.read}
}

// Estimate guesses how many candidates there will be, from how many the part of
// the lists brought that has been read; 0 where nobody can tell: before the
// first read, with names from stdin or from a pipe, or from a space as well. It
// may be called while Run goes on.
func (g *Generator) Estimate() uint64 {
	read, size := g.listed.read.Load(), g.listed.size.Load()
	if read == 0 || g.stdin || g.lo != g.hi || g.listed.endless.Load() {
		return 0
	}
	return uint64(float64(g.counts.generated.Load()) * float64(max(size, read)) / float64(read))
}
