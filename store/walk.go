package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// maxDepth bounds how deep a tree is followed: at two children a page, the
// fewest there can be, it holds more pages than a file has.
const maxDepth = 48

// walker visits the pages of a file and the entries of its tables, in the order
// of the keys. It reads with pread and believes nothing, so that no damage makes
// it fail: what is wrong it tells problem, and goes on behind it.
type walker struct {
	in      *inspector
	leaves  int                                   // how many leaf pages of each table are read, fewer than 0 for all
	problem func(text string) (goOn bool)         // never nil
	entry   func(table string, key, value []byte) // nil = nobody asks. The slices are good within the call
	table   func(table string, sequence uint64)   // nil = nobody asks
	met     pageSet
	count   PageCounts
	bufs    [][]byte // one a depth
	stopped bool
}

// PageCounts says what the pages of a file are used for, in pages and octets.
type PageCounts struct {
	PageSize int64 `json:"page_size"`
	Branch   int64 `json:"branch"`
	Leaf     int64 `json:"leaf"`
	Overflow int64 `json:"overflow"`
	Free     int64 `json:"free"`
	Other    int64 `json:"other"`  // the two headers and the list of free pages
	Lost     int64 `json:"lost"`   // neither used nor free
	Unused   int64 `json:"unused"` // octets behind the last page
	Filled   int64 `json:"filled"` // octets of leaf pages that hold something
}

// tree is one table as it is walked.
type tree struct {
	name   string
	top    bool // the tree that names the tables
	leaves int  // that may still be read
	bottom int  // the depth of the leaves, by the first one met; -1 until then
}

func newWalker(in *inspector) *walker {
	return &walker{in: in, leaves: -1, problem: func(string) bool { return true }, met: newPageSet(in.meta.high),
		count: PageCounts{PageSize: in.meta.pageSize, Other: 2, Unused: in.size - int64(in.meta.high)*in.meta.pageSize}}
}

// quickly looks at what bbolt must be able to rely on; it returns the first
// problem, "" for none.
func (in *inspector) quickly() (first string) {
	w := newWalker(in)
	w.leaves = inspectLeaves
	w.problem = func(text string) bool { first = text; return false }
	w.run()
	return first
}

// run walks the whole file, then holds its free pages against those in use.
func (w *walker) run() {
	w.met.add(0, 2)
	w.visit(&tree{top: true, leaves: -1, bottom: -1}, w.in.meta.root, nil, nil, 0)
	if w.stopped {
		return
	}
	free, err := w.in.freePages()
	if err != nil {
		w.tell("%v", err)
		return
	}
	for _, id := range free {
		if !w.met.add(id, 1) {
			w.tell("page %d is in use and in the list of free pages", id)
		}
	}
	w.count.Free = int64(len(free))
	w.countLost()
}

// countLost counts the pages that nothing leads to; only a walk of all pages can.
func (w *walker) countLost() {
	if w.in.meta.freelist != noFreelist {
		if p, err := w.in.page(w.in.meta.freelist, nil); err == nil {
			w.met.add(p.id, p.span)
			w.count.Other += int64(p.span)
		}
	}
	if w.leaves >= 0 || w.in.meta.freelist == noFreelist {
		return
	}
	for id := range w.in.meta.high {
		if !w.met.has(id) {
			w.count.Lost++
		}
	}
	if w.count.Lost > 0 {
		w.tell("%d pages are neither in use nor free", w.count.Lost)
	}
}

func (w *walker) tell(format string, args ...any) {
	if !w.stopped && !w.problem(fmt.Sprintf(format, args...)) {
		w.stopped = true
	}
}

// visit walks the page id and all below it, whose keys must lie in [lo, hi).
func (w *walker) visit(t *tree, id uint64, lo, hi []byte, depth int) {
	if w.stopped || id < 2 || id >= w.in.meta.high || depth > maxDepth || w.met.has(id) {
		w.tell("%spage %d is outside the file, or used twice", t.of(), id)
		return
	}
	if depth == t.bottom && t.leaves == 0 {
		w.met.add(id, 1) // a leaf that is not read
		return
	}
	if len(w.bufs) <= depth {
		w.bufs = append(w.bufs, nil)
	}
	p, err := w.in.tree(id, w.bufs[depth])
	if err != nil {
		w.met.add(id, 1)
		w.tell("%s%v", t.of(), err)
		return
	}
	w.bufs[depth] = p.data
	if !w.met.add(id, p.span) {
		w.tell("%spage %d reaches into another", t.of(), id)
		return
	}
	w.count.Overflow += int64(p.span - 1)
	if p.flags == flagBranch {
		w.count.Branch++
		w.branch(t, &p, lo, hi, depth)
		return
	}
	w.count.Leaf++
	if t.bottom < 0 {
		t.bottom = depth
	}
	t.leaves--
	w.leaf(t, &p, lo, hi, depth)
}

func (t *tree) of() string {
	if t.name == "" {
		return ""
	}
	return "table " + t.name + ": "
}

// branch walks the children of p.
func (w *walker) branch(t *tree, p *page, lo, hi []byte, depth int) {
	for i := 0; i < p.count && !w.stopped; i++ {
		key, id, err := p.child(i)
		end := hi
		if err == nil && i+1 < p.count {
			end, _, err = p.child(i + 1)
		}
		if err != nil || !within(key, lo, hi) || (end != nil && bytes.Compare(key, end) >= 0) {
			w.tell("%spage %d is out of order", t.of(), p.id)
			return
		}
		w.visit(t, id, key, end, depth+1)
	}
}

// leaf gives out the entries of p.
func (w *walker) leaf(t *tree, p *page, lo, hi []byte, depth int) {
	var last []byte
	for i := 0; i < p.count && !w.stopped; i++ {
		key, value, isBucket, err := p.element(i)
		if err != nil || !within(key, lo, hi) || (i > 0 && bytes.Compare(last, key) >= 0) {
			w.tell("%spage %d is out of order", t.of(), p.id)
			return
		}
		last = key
		w.count.Filled += int64(elementLen + len(key) + len(value))
		switch {
		case isBucket != t.top:
			w.tell("%spage %d holds what does not belong there", t.of(), p.id)
		case t.top:
			w.bucket(string(key), bytes.Clone(value), depth)
		case w.entry != nil:
			w.entry(t.name, key, value)
		}
	}
}

// bucket walks the table that a leaf of the top tree names: by its root page,
// or, if it is small, within the value itself.
func (w *walker) bucket(name string, value []byte, depth int) {
	t := &tree{name: name, leaves: w.leaves, bottom: -1}
	if len(value) < bucketValueLen {
		w.tell("table %s is not there", name)
		return
	}
	order := binary.NativeEndian
	root, sequence := order.Uint64(value), order.Uint64(value[8:])
	if w.table != nil {
		w.table(name, sequence)
	}
	if root != 0 {
		w.visit(t, root, nil, nil, depth+1)
		return
	}
	body := value[bucketValueLen:]
	if len(body) < pageHeaderLen {
		w.tell("table %s is cut short", name)
		return
	}
	p := page{flags: order.Uint16(body[8:]), count: int(order.Uint16(body[10:])), data: body}
	if p.flags != flagLeaf || pageHeaderLen+p.count*elementLen > len(body) {
		w.tell("table %s is no leaf within its page", name)
		return
	}
	w.leaf(t, &p, nil, nil, depth+1)
}
