"""One fake without HTTP and without a database: methods, scheduler, callbacks, media, journal."""
