package budget

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// version is that of the file's layout.
const version = 2

// The header: 15 octets of magic and the version, a count of the entries that
// were made, moved or dropped, who locked the file last, the timeline and its checksum.
const (
	headMagic = "vacant budgets\x00"
	genAt     = 16
	pidAt     = 24
	lineAt    = 32
	headSize  = lineAt + 16 + 8 + 4
)

type header struct {
	gen  uint64
	pid  uint64
	line timeline
}

func newHeader() []byte {
	head := make([]byte, page)
	copy(head, headMagic)
	head[len(headMagic)] = version
	return head
}

// readHeader reads a header. A timeline that is damaged is begun anew.
func readHeader(path string, data []byte) (h header, err error) {
	switch {
	case len(data) < headSize || string(data[:len(headMagic)]) != headMagic || data[len(headMagic)] == 0:
		return h, fmt.Errorf("%w: %s does not begin as one", ErrDamaged, path)
	case data[len(headMagic)] > version:
		return h, fmt.Errorf("%w: %s has layout %d, this program knows %d", ErrNewer, path, data[len(headMagic)], version)
	}
	h.gen, h.pid = binary.LittleEndian.Uint64(data[genAt:]), binary.LittleEndian.Uint64(data[pidAt:])
	line := data[lineAt:headSize]
	if crc32.ChecksumIEEE(line[:24]) == binary.LittleEndian.Uint32(line[24:]) {
		copy(h.line.boot[:], line)
		h.line.offset = int64(binary.LittleEndian.Uint64(line[16:]))
	}
	return h, nil
}

func (l *timeline) append(dst []byte) []byte {
	from := len(dst)
	dst = append(dst, l.boot[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(l.offset))
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[from:]))
}

// boltMagic stands 16 octets into a file of the layout before, which was bbolt's.
var boltMagic = []byte{0xED, 0xDA, 0x0C, 0xED}

// replaceable reports whether a file that begins with data holds nothing to keep:
// it is of the layout before, or empty, as a power cut leaves one just made.
func replaceable(data []byte) bool {
	return len(data) == 0 || len(data) >= 20 && bytes.Equal(data[16:20], boltMagic)
}
