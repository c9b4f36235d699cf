/*
 * spark.h - which application an executor of Apache Spark works for.
 *
 *	java -cp … org.apache.spark.executor.YarnCoarseGrainedExecutorBackend …
 *	CWD/__spark_conf__/__spark_conf__.properties:
 *		spark.app.name=Nightly\ report		"Nightly report"
 *
 * YARN puts the job's settings into the executor's working folder. They are read
 * below the process's own root, and are a stranger's: of the file, which is looked
 * at up to SPARK_CONF_MAX bytes, only this one value is of interest.
 *
 * Source: java.util.Properties, its documented form; continued lines are not put
 * together, since Spark writes none.
 */
#ifndef GP_SPARK_H
#define GP_SPARK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "proc/proc.h"

enum { SPARK_CONF_MAX = 1 << 20, SPARK_NAME_MAX = 256 };

/* Whether a command line is an executor's. */
GP_MUSTUSE bool spark_is_executor(const char *const *argv, size_t argc);

/* Add the name that settings have, SPARK_NAME_MAX bytes of it at most; false, and
 * nothing added, if they have none. */
GP_MUSTUSE bool spark_put_name(struct buf *out, const char *text, size_t len);

/* Add the settings of a process with this working folder. */
GP_MUSTUSE bool spark_read(struct buf *out, const struct proc *p,
    const char *cwd);

#endif
