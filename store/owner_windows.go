package store

import "os"

// chownAs does nothing: files inherit their owner from the folder.
func chownAs(string, os.FileInfo) error { return nil }
