package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Sink is an output file that appears whole or not at all: a regular or new
// file is written beside its place and renamed on Commit (symlinks resolved
// first); a device, FIFO, socket or "-" (stdout) is written in place.
type Sink struct {
	w       io.Writer
	path    string
	buf     *bufio.Writer // before file; nil when written in place
	file    pendingFile   // nil when written in place
	inPlace *os.File      // to be closed; nil for stdout
	done    bool
}

// pendingFile is a file that takes its place when it is replaced.
type pendingFile interface {
	io.Writer
	replace() error // sync and rename
	remove() error
}

// maxLinks bounds a chain of symlinks, as the kernel does.
const maxLinks = 40

// CreateSink opens path for writing. What can be known to fail (no such folder,
// no permission) fails here, before anything was hunted. It waits for the reader
// of a FIFO.
func CreateSink(path string, stdout io.Writer) (*Sink, error) {
	if path == "-" || path == "/dev/stdout" {
		if stdout == nil {
			return nil, errors.New("open output: there is no stdout")
		}
		return &Sink{w: stdout, path: path}, nil
	}
	if path == "" {
		return nil, errors.New("open output: no file named")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("open output: %s is a folder", path)
	case err == nil && (!info.Mode().IsRegular() || isDescriptor(path)):
		return openInPlace(path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open output: %w", err)
	}
	return createPending(path)
}

// isDescriptor reports whether path names an open file rather than a place in a
// folder: the shell's "> file" behind it must not be replaced under the shell.
func isDescriptor(path string) bool {
	return strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/") || path == "/dev/stderr"
}

// openInPlace appends, which for a device or FIFO means nothing and for a file
// behind a descriptor keeps what ">>" promised.
func openInPlace(path string) (*Sink, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("open output: %w", err)
	}
	return &Sink{w: f, path: path, inPlace: f}, nil
}

func createPending(path string) (*Sink, error) {
	target, err := followLinks(path)
	if err != nil {
		return nil, fmt.Errorf("open output: %w", err)
	}
	dir := filepath.Dir(target)
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open output %s: its folder cannot be used: %w", path, err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("open output %s: %s is no folder", path, dir)
	}
	file, err := newPendingFile(target)
	if err != nil {
		return nil, fmt.Errorf("open output %s: %w", path, err)
	}
	buf := bufio.NewWriterSize(file, 1<<16)
	return &Sink{w: buf, path: path, buf: buf, file: file}, nil
}

// followLinks returns the file that path stands for, which need not exist: a
// dangling link's target is what gets made.
func followLinks(path string) (string, error) {
	for range maxLinks {
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link, or nothing there
		}
		if !filepath.IsAbs(link) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			link = filepath.Join(dir, link)
		}
		path = link
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: errors.New("too many links")}
}

// Write writes to the file; its errors may come only with Commit.
func (k *Sink) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	if err != nil {
		err = fmt.Errorf("write output %s: %w", k.path, err)
	}
	return n, err
}

// Commit makes the file appear under its name. When it fails, what stood there
// before still does.
func (k *Sink) Commit() error {
	if k.done {
		return nil
	}
	if err := k.commit(); err != nil {
		k.Abort()
		return fmt.Errorf("write output %s: %w", k.path, err)
	}
	k.done = true
	return nil
}

func (k *Sink) commit() error {
	if k.file == nil {
		if k.inPlace == nil {
			return nil
		}
		f := k.inPlace
		k.inPlace = nil
		return f.Close()
	}
	return firstFailed(k.buf.Flush, k.file.replace)
}

func firstFailed(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Abort removes the unfinished file; after Commit it does nothing.
func (k *Sink) Abort() {
	if k.done {
		return
	}
	k.done = true
	if k.file != nil {
		_ = k.file.remove()
	}
	if k.inPlace != nil {
		_ = k.inPlace.Close()
	}
}
