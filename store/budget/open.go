package budget

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// open makes the file if there is none, or in the place of one of the layout
// before, which anew says, and reads it once.
func (b *file) open() (anew bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	if anew, err = b.renew(ctx); err != nil {
		return anew, err
	}
	return anew, b.do(ctx, func(values) error { return nil })
}

// renew replaces a file that is of no use. It holds the old one's lock meanwhile: of
// two processes that begin at once the second finds the first one's file.
func (b *file) renew(ctx context.Context) (anew bool, err error) {
	if err := b.acquire(ctx); err != nil {
		return false, err
	}
	head := make([]byte, headSize)
	n, err := b.f.ReadAt(head, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil && replaceable(head[:n]) {
		if !keepsOpen {
			err = b.close() // or nobody could rename another over it
		}
		anew, err = n > 0, errors.Join(err, replace(b.path))
	}
	if b.f != nil {
		err = errors.Join(err, b.release(false))
	}
	return anew, err
}

// usable reports what at path can be no budget file, whatever is in it. To open
// some of that would wait for ever.
func usable(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if to, err := os.Readlink(path); err == nil {
			return fmt.Errorf("%s is a link to %s, which is not there", path, to)
		}
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	return err
}
