//go:build !windows

package main

import "io/fs"

// worldReadable reports whether the mode lets everybody read.
func worldReadable(info fs.FileInfo) bool { return info.Mode().Perm()&0o004 != 0 }
