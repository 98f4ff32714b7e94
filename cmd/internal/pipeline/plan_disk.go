package pipeline

import (
	"context"
	"path/filepath"
)

// DiskPlan is what a hunt would add to its store. Octets are estimates.
type DiskPlan struct {
	Progress float64 `json:"progress"` // which indexes were asked
	Lists    float64 `json:"lists"`    // which names of lists
	Results  float64 `json:"results"`  // verdicts with their evidence
	Need     float64 `json:"need"`
	Measured bool    `json:"measured"` // by what this store's records take, else by what they usually do
	File     int64   `json:"file"`     // the store's size now
	Free     int64   `json:"free"`     // on its file system; -1 = not known
}

// Octets in the file, where the store has none of it to measure.
const (
	chunkOctets   = 12_288 // the progress of 65,536 indexes: a bitmap of 8 KB takes three pages
	listedOctets  = 24     // a name of a list
	settledOctets = 600    // a name with its evidence: its result, its state, what changed, and pages that wait to be used again
)

// indexesOfChunk is how many indexes share one record of progress.
const indexesOfChunk = 1 << 16

func (p *planner) planDisk(context.Context) error {
	d := &p.plan.Disk
	chunk, settled := float64(chunkOctets), float64(settledOctets)
	if p.store != nil {
		w, err := p.store.Weigh()
		if err != nil {
			return err
		}
		d.File = w.File
		if w.Chunk > 0 {
			chunk = max(w.Chunk, chunk)
		}
		if w.Settled > 0 {
			settled, d.Measured = w.Settled, true
		}
	}
	listed, names := 0.0, 0.0
	for _, r := range p.rows {
		names += r.Names
		listed += float64(r.listed - r.listedKnown)
	}
	d.Lists = listed * listedOctets
	d.Progress = p.chunksLeft(listed) * chunk
	d.Results = names * settled
	d.Need = d.Progress + d.Lists + d.Results
	d.Free = freeSpace(filepath.Dir(p.cfg.StorePath))
	return nil
}

// chunksLeft is how many chunks of the space are still to be written: as many as
// its names left fill, and one for each end.
func (p *planner) chunksLeft(listed float64) float64 {
	left := float64(p.plan.Left) - listed
	if left <= 0 {
		return 0
	}
	return left/indexesOfChunk + 1
}
