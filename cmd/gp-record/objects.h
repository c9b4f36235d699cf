/*
 * objects.h - the compiled BPF programs, as bytes of this one.
 *
 * Each from its first byte up to, not including, its _end.
 */
#ifndef GP_RECORD_OBJECTS_H
#define GP_RECORD_OBJECTS_H

extern const char object_sampler[], object_sampler_end[];
extern const char object_sampler_legacy[], object_sampler_legacy_end[];
extern const char object_kfunction[], object_kfunction_end[];

#endif
