"""S3's event notifications: which changes to which objects are told to whom."""
