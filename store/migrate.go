package store

import (
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// migrate brings a file of an older schema to this one.
func (s *Store) migrate() error {
	old := uint32(0)
	err := s.view(func(tx *bbolt.Tx) error {
		if meta := tx.Bucket(bucketMeta); meta != nil {
			if v := meta.Get(metaSchema); len(v) == 4 {
				old = binary.BigEndian.Uint32(v)
			}
		}
		return nil
	})
	if err != nil || old != 1 || s.readOnly {
		return err
	}
	return s.update(func(tx *bbolt.Tx) error {
		for _, name := range allBuckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(metaSchema, binary.BigEndian.AppendUint32(nil, schemaVersion))
	})
}
