#include "profile/protobufc.h"

#include <protobuf-c/protobuf-c.h>

#include "base/lazylib.h"

static struct {
	size_t (*size)(const ProtobufCMessage *);
	size_t (*pack)(const ProtobufCMessage *, uint8_t *);
	size_t (*pack_to)(const ProtobufCMessage *, ProtobufCBuffer *);
	ProtobufCMessage *(*unpack)(const ProtobufCMessageDescriptor *,
	    ProtobufCAllocator *, size_t, const uint8_t *);
	void (*free_unpacked)(ProtobufCMessage *, ProtobufCAllocator *);
} fn;

static const struct lazylib_function functions[] = {
	{ "protobuf_c_message_get_packed_size", &fn.size },
	{ "protobuf_c_message_pack", &fn.pack },
	{ "protobuf_c_message_pack_to_buffer", &fn.pack_to },
	{ "protobuf_c_message_unpack", &fn.unpack },
	{ "protobuf_c_message_free_unpacked", &fn.free_unpacked },
	{ NULL, NULL },
};

static struct lazylib lib = {
	"libprotobuf-c.so.1", functions, LAZYLIB_UNTRIED
};

bool
protobufc_load(void)
{
	return lazylib_load(&lib);
}

size_t
protobuf_c_message_get_packed_size(const ProtobufCMessage *m)
{
	return fn.size(m);
}

size_t
protobuf_c_message_pack(const ProtobufCMessage *m, uint8_t *out)
{
	return fn.pack(m, out);
}

size_t
protobuf_c_message_pack_to_buffer(const ProtobufCMessage *m,
    ProtobufCBuffer *b)
{
	return fn.pack_to(m, b);
}

ProtobufCMessage *
protobuf_c_message_unpack(const ProtobufCMessageDescriptor *d,
    ProtobufCAllocator *a, size_t len, const uint8_t *data)
{
	return fn.unpack(d, a, len, data);
}

void
protobuf_c_message_free_unpacked(ProtobufCMessage *m, ProtobufCAllocator *a)
{
	fn.free_unpacked(m, a);
}

static void *
take(void *data, size_t size)
{
	struct protobufc_arena *a = data;

	if (size > a->max || a->arena.total > a->max - size)
		return NULL;
	return arena_alloc(&a->arena, size);
}

static void
leave(void *data, void *p)
{
	(void)data, (void)p;
}

struct ProtobufCAllocator *
protobufc_allocator(struct protobufc_arena *a)
{
	static ProtobufCAllocator allocator;

	allocator = (ProtobufCAllocator){ take, leave, a };
	return &allocator;
}
