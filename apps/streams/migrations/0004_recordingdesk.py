from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0003_engine_desk")]

    operations = [
        migrations.CreateModel(
            name="RecordingDesk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "recording",
                "verbose_name_plural": "recordings",
                "permissions": [
                    ("retry_recording", "Can try a recording again"),
                    ("remove_recording", "Can remove a recording"),
                ],
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
    ]
